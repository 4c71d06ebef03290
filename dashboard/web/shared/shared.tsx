import Button from '@mui/material/Button'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { ApiFailure } from '../api/failure.ts'
import { DoorCard } from '../auth/door-card.tsx'
import { readHashToken } from '../auth/doors.ts'
import { Field } from '../auth/field.tsx'
import { FormFailure } from '../auth/form-failure.tsx'
import { t as tAuth } from '../auth/texts.ts'
import { useForm } from '../auth/use-form.ts'
import { Loading } from '../parts/query-state.tsx'
import { formatDuration } from '../texts/format.ts'
import { tk } from '../texts/kept.ts'
import { createSharedApi, openReport, type SharedReport } from './visit.ts'

const SharedApp = lazy(async () => ({ default: (await import('./shared-app.tsx')).SharedApp }))

interface Visit {
  report: SharedReport
  password: string | undefined
}

/** One report, for whoever has the link to it. */
export function Shared() {
  const [token] = useState(() => readHashToken() ?? '')
  const [visit, setVisit] = useState<Visit>()
  const [failure, setFailure] = useState<ApiFailure>()
  useEffect(() => {
    openReport(token)
      .then((report) => setVisit({ report, password: undefined }))
      .catch((error: ApiFailure) => setFailure(error))
  }, [token])
  if (visit) {
    const api = createSharedApi(visit.report, () => openReport(token, visit.password))
    return (
      <Suspense fallback={<Loading />}>
        <SharedApp report={visit.report} api={api} />
      </Suspense>
    )
  }
  if (!failure) return <Loading />
  return (
    <DoorCard title={tk('shared.title')}>
      {failure.code === 'password_needed' ? (
        <PasswordForm open={async (password) => setVisit({ report: await openReport(token, password), password })} />
      ) : (
        <FormFailure text={failure.code === 'unknown_link' ? tk('shared.gone') : failure.message} />
      )}
    </DoorCard>
  )
}

function PasswordForm({ open }: { open: (password: string) => Promise<void> }) {
  const { isBusy, failure, onSubmit } = useForm(({ password = '' }) => open(password))
  return (
    <form onSubmit={onSubmit}>
      <p className="quiet">{tk('shared.lead')}</p>
      <Field label={tk('shared.password')} name="password" type="password" autoComplete="off" autoFocus />
      <FormFailure text={failure && explain(failure)} />
      <Button type="submit" variant="contained" size="medium" disabled={isBusy}>
        {tk('shared.opening')}
      </Button>
    </form>
  )
}

function explain(failure: ApiFailure): string {
  if (failure.status === 429) return tAuth('auth.locked', { time: formatDuration(failure.retryAfterMs ?? 60_000) })
  if (failure.code === 'wrong_password') return tk('shared.wrong')
  return failure.code === 'unknown_link' ? tk('shared.gone') : failure.message
}
