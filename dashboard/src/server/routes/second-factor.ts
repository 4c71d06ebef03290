import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { type AccountContext, answers } from './context.ts'

const draft = Type.Object({
  secret: Type.String({ description: 'Base 32, for who cannot scan.' }),
  url: Type.String({ description: 'otpauth://…, for a QR code.' }),
})
const codeBody = Type.Object({ code: shapes.code })
const codes = Type.Object({ recoveryCodes: Type.Array(Type.String()) })
const proofBody = Type.Object({ password: Type.Optional(shapes.password), code: Type.Optional(shapes.code) })

/** Codes of an authenticator app beside the password. */
export function registerSecondFactor(app: FastifyInstance, context: AccountContext): void {
  const { service } = context

  app.post(
    '/me/totp',
    {
      schema: {
        operationId: 'beginSecondFactor',
        summary: 'A new secret for an authenticator app; it counts once a code of it is sent to /me/totp/confirm',
        response: answers(draft, 'The secret; an earlier one that was not confirmed is forgotten'),
      },
    },
    async (request) => {
      const { userId } = context.accountOf(request)
      const account = await service.accounts.byId(userId)
      const { sealed, ...shown } = service.secondFactor.draft(account?.email ?? '')
      await service.accounts.update(userId, (before) => {
        if (before.totp) throw new ApiError('second_factor_on')
        return { ...before, totpDraft: sealed }
      })
      return shown
    },
  )

  app.post<{ Body: Static<typeof codeBody> }>(
    '/me/totp/confirm',
    {
      schema: {
        operationId: 'confirmSecondFactor',
        summary: 'Turn the second factor on, with a code of the app; all other sessions end',
        body: codeBody,
        response: answers(codes, 'Ten recovery codes, told this once; each works once in place of a code'),
      },
    },
    async (request) => {
      const { userId, sessionId } = context.accountOf(request)
      let told: string[] = []
      await service.accounts.update(userId, ({ totpDraft, ...before }) => {
        if (before.totp) throw new ApiError('second_factor_on')
        if (totpDraft === undefined) throw new ApiError('invalid_request', 'Begin with POST /me/totp.')
        const { factor, codes } = service.secondFactor.confirm(userId, totpDraft, request.body.code)
        told = codes
        return { ...before, totp: factor }
      })
      // Whoever signed in with the password alone has to show the second factor, too.
      await service.sessions.endAll(userId, sessionId)
      await context.noteOfAccount(request, userId, 'second-factor.on')
      return { recoveryCodes: told }
    },
  )

  registerEnd(app, context)
}

function registerEnd(app: FastifyInstance, context: AccountContext): void {
  const { service } = context
  app.delete<{ Body: Static<typeof proofBody> }>(
    '/me/totp',
    {
      schema: {
        operationId: 'endSecondFactor',
        summary: 'Turn the second factor off, with the password or a code',
        body: proofBody,
        response: answers(shapes.done, 'It is off'),
      },
    },
    async (request) => {
      const { userId } = context.accountOf(request)
      const { password, code } = request.body
      if (code !== undefined) await service.accounts.checkCode(userId, code)
      else await context.confirmPassword(userId, password ?? '')
      await service.accounts.update(userId, ({ totp: _factor, totpDraft: _draft, ...rest }) => rest)
      await context.noteOfAccount(request, userId, 'second-factor.off')
      return {}
    },
  )
}
