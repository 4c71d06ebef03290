import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { t } from '../texts/t.ts'
import { type DoorName, readHashToken } from './doors.ts'
import { ForgotForm, JoinForm, ResetForm, SetUpForm } from './link-forms.tsx'
import type { Session } from './session.ts'
import { SignInForm } from './sign-in-form.tsx'

/** What stands before the dashboard: sign-in, and the pages that links in mails lead to. */
export function Door({ session, door, onDone }: { session: Session; door: DoorName | undefined; onDone: () => void }) {
  const token = readHashToken()
  if (door === '/forgot') return inCard(t('auth.forgot'), <ForgotForm />)
  if (!door) return inCard(t('auth.signIn'), <SignInForm session={session} onDone={onDone} />)
  const title = { '/setup': t('auth.setUp'), '/join': t('auth.join'), '/reset': t('auth.reset') }[door]
  if (!token)
    return inCard(
      title,
      <p role="alert" className="bad">
        {t('auth.badLink')}
      </p>,
    )
  const link = { session, token, onDone }
  return inCard(
    title,
    { '/setup': <SetUpForm {...link} />, '/join': <JoinForm {...link} />, '/reset': <ResetForm token={token} /> }[door],
  )
}

function inCard(title: string, children: ReactNode) {
  return (
    <main className="door">
      <Paper className="door-card">
        <div className="brand-row">
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width="34" height="34" />
        </div>
        <Typography variant="h1">{title}</Typography>
        {children}
      </Paper>
    </main>
  )
}
