import { DoorCard } from './door-card.tsx'
import { type DoorName, readHashToken } from './doors.ts'
import { ForgotForm, JoinForm, ResetForm, SetUpForm } from './link-forms.tsx'
import type { Session } from './session.ts'
import { SignInForm } from './sign-in-form.tsx'
import { t } from './texts.ts'

/** What stands before the dashboard: sign-in, and the pages that links in mails lead to. */
export function Door({ session, door, onDone }: { session: Session; door: DoorName | undefined; onDone: () => void }) {
  const token = readHashToken()
  if (door === '/forgot')
    return (
      <DoorCard title={t('auth.forgot')}>
        <ForgotForm />
      </DoorCard>
    )
  if (!door)
    return (
      <DoorCard title={t('auth.signIn')}>
        <SignInForm session={session} onDone={onDone} />
      </DoorCard>
    )
  const title = { '/setup': t('auth.setUp'), '/join': t('auth.join'), '/reset': t('auth.reset') }[door]
  if (!token)
    return (
      <DoorCard title={title}>
        <p role="alert" className="bad">
          {t('auth.badLink')}
        </p>
      </DoorCard>
    )
  const link = { session, token, onDone }
  const form = {
    '/setup': <SetUpForm {...link} />,
    '/join': <JoinForm {...link} />,
    '/reset': <ResetForm token={token} />,
  }[door]
  return <DoorCard title={title}>{form}</DoorCard>
}
