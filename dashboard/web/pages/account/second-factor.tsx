import Button from '@mui/material/Button'
import { lazy, Suspense, useState } from 'react'
import { useApp } from '../../app/context.ts'
import { Field } from '../../auth/field.tsx'
import { FormFailure } from '../../auth/form-failure.tsx'
import { useForm } from '../../auth/use-form.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { saveFile } from '../../parts/download.ts'
import { Icon } from '../../parts/icon.tsx'
import { Loading } from '../../parts/query-state.tsx'
import { t } from '../../texts/settings.ts'
import { useChange } from '../settings/use-settings.ts'
import { Section } from './section.tsx'

const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }))

interface Draft {
  secret: string
  url: string
}

/** Codes of an authenticator app beside the password. */
export function SecondFactor({ isOn, recoveryCodes }: { isOn: boolean; recoveryCodes: number }) {
  const [codes, setCodes] = useState<string[]>()
  return (
    <Section title={t('totp.title')} lead={t('totp.lead')}>
      {codes ? (
        <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />
      ) : isOn ? (
        <TurnOff recoveryCodes={recoveryCodes} />
      ) : (
        <TurnOn onCodes={setCodes} />
      )}
    </Section>
  )
}

function TurnOn({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const { api } = useApp()
  const [draft, setDraft] = useState<Draft>()
  const begin = useForm(async () => setDraft(await api.send<Draft>('POST', '/me/totp')))
  const confirm = useChange(async (code: string) => {
    const { recoveryCodes } = await api.send<{ recoveryCodes: string[] }>('POST', '/me/totp/confirm', { code })
    onCodes(recoveryCodes)
  })
  const { isBusy, failure, onSubmit } = useForm(async ({ code = '' }) => confirm.mutateAsync(code))
  if (!draft)
    return (
      <form onSubmit={begin.onSubmit}>
        <FormFailure text={begin.failure?.message} />
        <Button type="submit" variant="contained" disabled={begin.isBusy}>
          {t('totp.begin')}
        </Button>
      </form>
    )
  return (
    <form className="account-form" onSubmit={onSubmit}>
      <p>{t('totp.scan')}</p>
      <Suspense fallback={<Loading />}>
        <QrCode text={draft.url} label={t('totp.qr')} />
      </Suspense>
      <details>
        <summary>{t('totp.cannotScan')}</summary>
        <div className="once-row">
          <code className="mono">{(draft.secret.match(/.{4}/g) ?? []).join(' ')}</code>
          <CopyButton text={draft.secret} name={t('totp.secret')} />
        </div>
      </details>
      <Field label={t('totp.code')} name="code" autoComplete="one-time-code" inputMode="numeric" maxLength={16} />
      <FormFailure text={failure?.code === 'wrong_code' ? t('auth.wrongCode') : failure?.message} />
      <Button type="submit" variant="contained" disabled={isBusy}>
        {t('totp.confirm')}
      </Button>
    </form>
  )
}

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const text = codes.join('\n')
  return (
    <div className="once" role="status">
      <strong className="good">{t('totp.isOn')}</strong>
      <span>{t('totp.codesLead')}</span>
      <ul className="codes mono" aria-label={t('totp.codes')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="bar">
        <CopyButton text={text} name={t('totp.codes')} />
        <Button
          startIcon={<Icon name="download" size={16} />}
          onClick={() => saveFile('trailstitch-recovery-codes.txt', 'text/plain', `${text}\n`)}
        >
          {t('totp.saveCodes')}
        </Button>
        <Button variant="contained" onClick={onDone}>
          {t('totp.kept')}
        </Button>
      </div>
    </div>
  )
}

function TurnOff({ recoveryCodes }: { recoveryCodes: number }) {
  const { api } = useApp()
  const end = useChange((password: string) => api.send('DELETE', '/me/totp', { password }))
  const { isBusy, failure, onSubmit } = useForm(async ({ password = '' }) => void (await end.mutateAsync(password)))
  return (
    <>
      <p>
        <strong className="good">{t('totp.isOn')}</strong> {t('totp.left', { count: recoveryCodes })}
      </p>
      <form className="account-form" onSubmit={onSubmit}>
        <Field label={t('totp.offPassword')} name="password" type="password" autoComplete="current-password" />
        <FormFailure text={failure?.message} />
        <Button type="submit" color="error" variant="outlined" disabled={isBusy}>
          {t('totp.off')}
        </Button>
      </form>
    </>
  )
}
