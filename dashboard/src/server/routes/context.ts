import type { TSchema } from 'typebox'
import type { LiveHub } from '../live.ts'
import type { DashboardOptions } from '../options.ts'
import type { QueryService } from '../query-service.ts'
import { errorShape } from '../shapes.ts'

/** What every group of routes works with. */
export interface RouteContext extends DashboardOptions {
  hub: LiveHub
  queries: QueryService
}

const errorStatuses = {
  400: 'Bad input',
  401: 'No or wrong token',
  404: 'Not found',
  500: 'Our fault',
  503: 'Try again',
}

/** The answers of a route: the good one, and the coded errors that any route may give. */
export function answers(schema: TSchema, description: string): Record<number, TSchema> {
  const errors = Object.entries(errorStatuses).map(
    ([status, reason]) => [Number(status), { ...errorShape, description: reason }] as const,
  )
  return { 200: { ...schema, description } as TSchema, ...Object.fromEntries(errors) }
}
