import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { FormEvent } from 'react'
import type { Page } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { Once } from '../../parts/once.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { useRevoke } from './use-revoke.tsx'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

const scopes = ['read', 'export', 'manage'] as const
type Scope = (typeof scopes)[number]

interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  createdAt: string
  expiresAt: string | null
}

/** Keys for programs that read or manage the project. */
export function ApiKeysTab() {
  const keys = useSettings<Page<ApiKey>>('/api-keys')
  return (
    <>
      <ListPanel title={t('settings.tab.api-keys')} rows={keys.data}>
        <p className="quiet">{t('apiKeys.lead')}</p>
        <QueryState query={keys} isEmpty={({ items }) => items.length === 0} empty={t('apiKeys.empty')}>
          {({ items }) => <Keys keys={items} />}
        </QueryState>
      </ListPanel>
      <NewKey />
    </>
  )
}

function Keys({ keys }: { keys: readonly ApiKey[] }) {
  const { button, dialog } = useRevoke('/api-keys', t('apiKeys.revokeText'))
  const date = (time: string | null) => (time === null ? t('apiKeys.never') : formatTime(time, 'date'))
  return (
    <>
      <DataTable
        name={t('settings.tab.api-keys')}
        canDownload={false}
        rows={keys}
        rowKey={({ id }) => id}
        columns={[
          { name: t('apiKeys.name'), value: ({ name }) => name, cell: ({ name }) => <strong>{name}</strong> },
          { name: t('apiKeys.may'), value: ({ scopes }) => scopes.map((each) => t(`scope.${each}`)).join(', ') },
          { name: t('settings.made'), value: ({ createdAt }) => date(createdAt) },
          { name: t('apiKeys.expires'), value: ({ expiresAt }) => date(expiresAt) },
          {
            name: t('settings.actions'),
            value: () => null,
            isNumber: true,
            cell: button,
          },
        ]}
      />
      {dialog}
    </>
  )
}

const dayMs = 86_400_000
const lives = { never: undefined, month: 30, quarter: 90, year: 365 } as const
const lifeNames = Object.keys(lives) as (keyof typeof lives)[]

function NewKey() {
  const { api } = useApp()
  const path = `${useProjectPath()}/api-keys`
  const make = useChange((body: { name: string; scopes: Scope[]; expiresAt?: string }) =>
    api.send<{ key: string; name: string }>('POST', path, body),
  )
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const values = new FormData(form)
    const life = lives[lifeNames.find((each) => each === values.get('life')) ?? 'never']
    const body = {
      name: String(values.get('name')),
      scopes: scopes.filter((scope) => values.has(scope)),
      ...(life !== undefined && { expiresAt: new Date(Date.now() + life * dayMs).toISOString() }),
    }
    make.mutate(body, { onSuccess: () => form.reset() })
  }
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2" sx={{ mb: 1.5 }}>
        {t('apiKeys.new')}
      </Typography>
      <form className="bar" onSubmit={onSubmit}>
        <input
          className="select search"
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          aria-label={t('apiKeys.name')}
          placeholder={t('apiKeys.namePlaceholder')}
        />
        <fieldset className="bar choices">
          <legend className="visually-hidden">{t('apiKeys.may')}</legend>
          {scopes.map((scope) => (
            <label key={scope} className="field" title={t(`scope.${scope}.may`)}>
              <input type="checkbox" name={scope} defaultChecked={scope === 'read'} />
              {t(`scope.${scope}`)}
            </label>
          ))}
        </fieldset>
        <select className="select" name="life" aria-label={t('apiKeys.expires')} defaultValue="year">
          {lifeNames.map((life) => (
            <option key={life} value={life}>
              {t(`apiKeys.life.${life}`)}
            </option>
          ))}
        </select>
        <Button type="submit" variant="contained" disabled={make.isPending}>
          {t('apiKeys.make')}
        </Button>
      </form>
      <FormFailure text={make.error?.message} />
      {make.data && (
        <Once name={t('apiKeys.made', { name: make.data.name })} secret={make.data.key} hint={t('apiKeys.madeHint')} />
      )}
    </Paper>
  )
}
