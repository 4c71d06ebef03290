import Button from '@mui/material/Button'
import { useEffect, useState } from 'react'
import { type ApiFailure, request } from '../api/failure.ts'
import { formatDuration } from '../texts/format.ts'
import { readSignInHint } from './doors.ts'
import { Field } from './field.tsx'
import { FormFailure } from './form-failure.tsx'
import { postAuth, type Session, type SessionAnswer } from './session.ts'
import { authTexts, t } from './texts.ts'
import { useForm } from './use-form.ts'

interface AuthState {
  needsSetup: boolean
  oidc: { name: string; url: string } | null
  mail: boolean
}

/** Undefined until it is known, null where the server has no accounts. */
function useAuthState(): AuthState | null | undefined {
  const [state, setState] = useState<AuthState | null>()
  useEffect(() => {
    void request('/api/v1/auth/state', {})
      .then(async (response) => setState(response.ok ? ((await response.json()) as AuthState) : null))
      .catch(() => setState(null))
  }, [])
  return state
}

interface Props {
  session: Session
  onDone: () => void
}

/** What the identity provider sent us back with. It leaves the address, so that a reload begins anew. */
function useSignInHint(): string | undefined {
  const [hint] = useState(readSignInHint)
  useEffect(() => {
    if (hint !== undefined) history.replaceState(null, '', location.pathname + location.search)
  }, [hint])
  return hint
}

/** E-mail and password, then a code where the account asks for one; below it the operator's token. */
export function SignInForm({ session, onDone }: Props) {
  const state = useAuthState()
  const hint = useSignInHint()
  const [isOperator, setOperator] = useState(false)
  if (state === undefined) return null
  if (hint === 'code') return <OidcCodeForm session={session} onDone={onDone} />
  const usesToken = isOperator || state === null
  return (
    <>
      {state === null && <p className="quiet">{t('auth.noAccounts')}</p>}
      {state?.needsSetup && <p className="quiet">{t('auth.needsSetUp')}</p>}
      {hint && <FormFailure text={explainHint(hint)} />}
      {usesToken ? (
        <OperatorForm session={session} onDone={onDone} />
      ) : (
        <AccountForm session={session} onDone={onDone} />
      )}
      {!usesToken && state.oidc && (
        <Button variant="outlined" size="medium" href={oidcUrl(state.oidc.url)}>
          {t('auth.withOidc', { name: state.oidc.name })}
        </Button>
      )}
      {!usesToken && <a href="/forgot">{t('auth.forgot')}</a>}
      {state && (
        <Button onClick={() => setOperator(!isOperator)}>{usesToken ? t('auth.back') : t('auth.operator')}</Button>
      )}
    </>
  )
}

/** It leads back to the page that somebody wanted to see. */
const oidcUrl = (url: string): string => `${url}?to=${encodeURIComponent(location.pathname + location.search)}`

function explainHint(hint: string): string {
  const key = `auth.oidc.${hint}`
  return Object.hasOwn(authTexts, key) ? t(key as keyof typeof authTexts) : t('auth.oidc.failed')
}

/** The identity provider has named somebody whose account asks for a code as well. */
function OidcCodeForm({ session, onDone }: Props) {
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    session.accept(await postAuth<SessionAnswer>('/oidc/code', values))
    onDone()
  })
  return (
    <form onSubmit={onSubmit}>
      <CodeField />
      <FormFailure text={failure && explain(failure)} />
      <Button type="submit" variant="contained" size="medium" disabled={isBusy}>
        {t('auth.signIn')}
      </Button>
      <a href="/">{t('auth.back')}</a>
    </form>
  )
}

function CodeField() {
  return (
    <>
      <p className="quiet">{t('auth.codeLead')}</p>
      <Field label={t('auth.code')} name="code" autoComplete="one-time-code" autoFocus />
    </>
  )
}

function AccountForm({ session, onDone }: Props) {
  const [first, setFirst] = useState<Record<string, string>>()
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    try {
      session.accept(await postAuth<SessionAnswer>('/sign-in', { ...first, ...values }))
      onDone()
    } catch (error) {
      if ((error as ApiFailure).code !== 'code_needed' || first) throw error
      setFirst(values)
    }
  })
  return (
    <form onSubmit={onSubmit} key={first ? 'code' : 'password'}>
      {first ? (
        <CodeField />
      ) : (
        <>
          <Field label={t('auth.email')} name="email" type="email" autoComplete="username" autoFocus />
          <Field label={t('auth.password')} name="password" type="password" autoComplete="current-password" />
        </>
      )}
      <FormFailure text={failure && explain(failure)} />
      <Button type="submit" variant="contained" size="medium" disabled={isBusy}>
        {t('auth.signIn')}
      </Button>
    </form>
  )
}

function explain(failure: ApiFailure): string {
  if (failure.status === 429) return t('auth.locked', { time: formatDuration(failure.retryAfterMs ?? 60_000) })
  if (failure.code === 'wrong_code') return t('auth.wrongCode')
  if (failure.code === 'oidc_expired') return explainHint(failure.code)
  if (failure.status === 401) return t('auth.wrong')
  return failure.message
}

function OperatorForm({ session, onDone }: Props) {
  const { isBusy, failure, onSubmit } = useForm(async ({ token = '' }) => {
    await session.acceptOperator(token)
    onDone()
  })
  return (
    <form onSubmit={onSubmit}>
      <Field
        label={t('auth.operatorToken')}
        name="token"
        type="password"
        autoComplete="off"
        maxLength={1024}
        autoFocus
      />
      <FormFailure text={failure && (failure.status === 401 ? t('auth.operatorWrong') : failure.message)} />
      <Button type="submit" variant="contained" size="medium" disabled={isBusy}>
        {t('auth.signIn')}
      </Button>
    </form>
  )
}
