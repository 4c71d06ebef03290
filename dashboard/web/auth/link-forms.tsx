import Button from '@mui/material/Button'
import { useState } from 'react'
import type { ApiFailure } from '../api/failure.ts'
import { Field } from './field.tsx'
import { FormFailure } from './form-failure.tsx'
import { postAuth, type Session, type SessionAnswer } from './session.ts'
import { t } from './texts.ts'
import { useForm } from './use-form.ts'

interface LinkProps {
  session: Session
  token: string
  onDone: () => void
}

const minPassword = 10

/** Creates the first owner. */
export function SetUpForm({ session, token, onDone }: LinkProps) {
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    session.accept(await postAuth<SessionAnswer>('/setup', { token, ...values }))
    onDone()
  })
  const isAsked = useIsAsked(failure)
  return (
    <form onSubmit={onSubmit}>
      <p className="quiet">{t('auth.setUpLead')}</p>
      <Field label={t('auth.name')} name="name" autoComplete="name" autoFocus />
      <Field label={t('auth.email')} name="email" type="email" autoComplete="username" />
      <NewPassword />
      {isAsked && <Code />}
      <FormFailure text={failure?.message} />
      <Submit text={t('auth.setUpButton')} isBusy={isBusy} />
    </form>
  )
}

/** Takes an invitation. */
export function JoinForm({ session, token, onDone }: LinkProps) {
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    session.accept(await postAuth<SessionAnswer>('/join', { token, ...values }))
    onDone()
  })
  const isAsked = useIsAsked(failure)
  return (
    <form onSubmit={onSubmit}>
      <p className="quiet">{t('auth.joinLead')}</p>
      <Field label={t('auth.name')} name="name" autoComplete="name" autoFocus />
      <NewPassword />
      {isAsked && <Code />}
      <FormFailure text={failure?.message} />
      <Submit text={t('auth.joinButton')} isBusy={isBusy} />
    </form>
  )
}

/** Asks for a link to set a new password. The answer does not tell whether there is such an account. */
export function ForgotForm() {
  const [isSent, setSent] = useState(false)
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    await postAuth('/forgot', values)
    setSent(true)
  })
  return (
    <form onSubmit={onSubmit}>
      <p className="quiet">{t('auth.forgotLead')}</p>
      <Field label={t('auth.email')} name="email" type="email" autoComplete="username" autoFocus />
      <div role="status">{isSent && t('auth.forgotSent')}</div>
      <FormFailure text={failure?.message} />
      <Submit text={t('auth.forgotButton')} isBusy={isBusy || isSent} />
      <a href="/">{t('auth.back')}</a>
    </form>
  )
}

/** Sets a new password by the link of a mail. */
export function ResetForm({ token }: { token: string }) {
  const [isDone, setDone] = useState(false)
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    await postAuth('/reset', { token, ...values })
    setDone(true)
  })
  return (
    <form onSubmit={onSubmit}>
      <NewPassword />
      <div role="status">{isDone && t('auth.resetDone')}</div>
      <FormFailure text={failure?.message} />
      <Submit text={t('auth.resetButton')} isBusy={isBusy || isDone} />
      <a href="/">{t('auth.back')}</a>
    </form>
  )
}

/** Whether the account that the password belongs to has asked for a code: then the form goes on asking. */
function useIsAsked(failure: ApiFailure | undefined): boolean {
  const [isAsked, setAsked] = useState(false)
  if (failure?.code === 'code_needed' && !isAsked) setAsked(true)
  return isAsked
}

function Code() {
  return <Field label={t('auth.code')} name="code" autoComplete="one-time-code" autoFocus />
}

function NewPassword() {
  return (
    <Field
      label={t('auth.newPassword')}
      name="password"
      type="password"
      autoComplete="new-password"
      minLength={minPassword}
    />
  )
}

function Submit({ text, isBusy }: { text: string; isBusy: boolean }) {
  return (
    <Button type="submit" variant="contained" size="medium" disabled={isBusy}>
      {text}
    </Button>
  )
}
