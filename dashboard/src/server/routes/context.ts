import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { Access, Caller } from '../accounts/access.ts'
import type { AccountService } from '../accounts/service.ts'
import type { LiveHub } from '../live.ts'
import type { DashboardOptions } from '../options.ts'
import type { QueryService } from '../query-service.ts'
import type { Maker } from '../saved/documents.ts'
import { errorShape } from '../shapes.ts'

/** What every group of routes works with. */
export interface RouteContext extends DashboardOptions {
  hub: LiveHub
  queries: QueryService
  access: Access
}

/** What the routes of accounts work with. */
export interface AccountContext extends RouteContext {
  service: AccountService
  /** Throws `account_needed`. */
  accountOf(request: FastifyRequest): Extract<Caller, { kind: 'account' }>
  /** An e-mail address, the name of an API key, or `operator`. */
  nameOf(request: FastifyRequest): Promise<string>
  makerOf(request: FastifyRequest): Promise<Maker>
  /** Writes to the audit log of the request's project. */
  note(request: FastifyRequest, action: string, object: string, detail?: string): Promise<void>
  /** Writes what an account did, with itself unless `object` says otherwise, to the audit log of each of its projects. */
  noteOfAccount(
    request: FastifyRequest,
    userId: string,
    action: string,
    detail?: string,
    object?: string,
  ): Promise<void>
  /** Throws `wrong_password`, and `locked` after too many tries. */
  confirmPassword(userId: string, password: string): Promise<void>
  /** Does it after the answer. A failure is logged; the end of the app waits for it. */
  later(work: () => Promise<void>): void
}

const errorStatuses = {
  400: 'Bad input',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not possible as things are',
  429: 'Too many tries',
  500: 'Our fault',
  503: 'Try again',
}

/** The answers of a route: the good one, and the coded errors that any route may give. */
export function answers(schema: TSchema, description: string, status = 200): Record<number, TSchema> {
  const errors = Object.entries(errorStatuses).map(
    ([code, reason]) => [Number(code), { ...errorShape, description: reason }] as const,
  )
  return { [status]: { ...schema, description } as TSchema, ...Object.fromEntries(errors) }
}
