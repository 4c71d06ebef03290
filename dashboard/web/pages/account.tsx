import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp } from '../app/context.ts'
import { Field } from '../auth/field.tsx'
import { FormFailure } from '../auth/form-failure.tsx'
import { postAuth, type User } from '../auth/session.ts'
import { useForm } from '../auth/use-form.ts'
import { QueryState } from '../parts/query-state.tsx'
import { t } from '../texts/settings.ts'
import { SecondFactor } from './account/second-factor.tsx'
import { Section } from './account/section.tsx'

interface Me {
  user: User
  recoveryCodes: number
}

const minPassword = 10

/** What people see and change of themselves. */
export function Page() {
  const { api, session } = useApp()
  const isAccount = session.identity()?.kind === 'account'
  const me = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.get<Me>('/me', {}, signal),
    enabled: isAccount,
    staleTime: 0,
  })
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('nav.account')}</Typography>
      </div>
      {isAccount ? (
        <QueryState query={me}>
          {({ user, recoveryCodes }) => (
            <div className="panels">
              <NameForm user={user} />
              <PasswordForm user={user} />
              <SecondFactor isOn={user.totp} recoveryCodes={recoveryCodes} />
              <Sessions />
            </div>
          )}
        </QueryState>
      ) : (
        <div className="state">{t('account.operator')}</div>
      )}
    </>
  )
}

function NameForm({ user }: { user: User }) {
  const { api, session } = useApp()
  const [isDone, setDone] = useState(false)
  const { isBusy, failure, onSubmit } = useForm(async ({ name }) => {
    setDone(false)
    session.changed(await api.send<User>('PATCH', '/me', { name }))
    setDone(true)
  })
  return (
    <Section title={t('account.you')} lead={user.email}>
      <form className="account-form" onSubmit={onSubmit}>
        <Field label={t('auth.name')} name="name" autoComplete="name" maxLength={100} defaultValue={user.name} />
        <Outcome failure={failure?.message} done={isDone ? t('settings.saved') : ''} />
        <Submit text={t('settings.save')} isBusy={isBusy} />
      </form>
    </Section>
  )
}

function PasswordForm({ user }: { user: User }) {
  const { api } = useApp()
  const [count, setCount] = useState(0)
  const { isBusy, failure, onSubmit } = useForm(async ({ current, next }) => {
    await api.send('POST', '/me/password', { current, next })
    setCount(count + 1)
  })
  return (
    <Section title={t('account.password')} lead={t('account.passwordLead')}>
      <form className="account-form" onSubmit={onSubmit} key={count}>
        {/* Password managers look for it. */}
        <input type="text" hidden autoComplete="username" value={user.email} readOnly />
        <Field label={t('account.current')} name="current" type="password" autoComplete="current-password" />
        <Field
          label={t('auth.newPassword')}
          name="next"
          type="password"
          autoComplete="new-password"
          minLength={minPassword}
        />
        <Outcome failure={failure?.message} done={count > 0 && !failure ? t('account.passwordDone') : ''} />
        <Submit text={t('account.passwordButton')} isBusy={isBusy} />
      </form>
    </Section>
  )
}

function Sessions() {
  const { session } = useApp()
  const { isBusy, failure, onSubmit } = useForm(async () => {
    await postAuth('/sign-out-everywhere', {}, await session.token())
    await session.signOut()
  })
  return (
    <Section title={t('account.sessions')} lead={t('account.sessionsLead')}>
      <form className="account-form" onSubmit={onSubmit}>
        <FormFailure text={failure?.message} />
        <Submit text={t('account.sessionsButton')} isBusy={isBusy} />
      </form>
    </Section>
  )
}

function Outcome({ failure, done }: { failure: string | undefined; done: string }) {
  return (
    <>
      <FormFailure text={failure} />
      <div role="status" className="good">
        {done}
      </div>
    </>
  )
}

function Submit({ text, isBusy }: { text: string; isBusy: boolean }) {
  return (
    <Button type="submit" variant="outlined" disabled={isBusy}>
      {text}
    </Button>
  )
}
