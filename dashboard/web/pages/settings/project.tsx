import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import { useState } from 'react'
import type { ApiFailure } from '../../api/failure.ts'
import { useApp } from '../../app/context.ts'
import { useIsAtLeast } from '../../app/use-search.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { useForm, type Values } from '../../auth/use-form.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatNumber } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { NewProject } from './new-project.tsx'
import { readOrigins } from './origins.ts'
import { RemoveProject } from './remove-project.tsx'
import { Setting } from './setting.tsx'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

const policies = ['truncated', 'full', 'none'] as const

interface Settings {
  name: string
  timeZone: string | null
  retentionDays: number | null
  ipPolicy: (typeof policies)[number]
  allowedOrigins: string[]
  version: string
}

/** Name, time zone, storage time, addresses and sites of the project. */
export function ProjectTab() {
  const settings = useSettings<Settings>('')
  const isOwner = useIsAtLeast('owner')
  return (
    <>
      <Paper className="panel">
        <QueryState query={settings}>{(now) => <ProjectForm key={now.version} now={now} />}</QueryState>
      </Paper>
      {isOwner && <NewProject />}
      {isOwner && <RemoveProject />}
    </>
  )
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

const read = (values: Values): Omit<Settings, 'version'> => ({
  name: values.name ?? '',
  timeZone: values.timeZone || null,
  retentionDays: values.retentionDays ? Number(values.retentionDays) : null,
  ipPolicy: policies.find((each) => each === values.ipPolicy) ?? 'truncated',
  allowedOrigins: readOrigins(values.allowedOrigins ?? ''),
})

function ProjectForm({ now }: { now: Settings }) {
  const { api } = useApp()
  const path = useProjectPath()
  const [asked, setAsked] = useState<Omit<Settings, 'version'>>()
  const save = useChange((next: Omit<Settings, 'version'>) =>
    api.send('PATCH', path, { ...next, version: now.version }),
  )
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    const next = read(values)
    // What a shorter time lets go of is gone for good.
    if ((next.retentionDays ?? Number.POSITIVE_INFINITY) < (now.retentionDays ?? Number.POSITIVE_INFINITY))
      setAsked(next)
    else await save.mutateAsync(next)
  })
  return (
    <>
      <form onSubmit={onSubmit} className="settings-form">
        <Fields now={now} />
        <FormFailure text={failure && explain(failure)} />
        <div className="bar">
          <Button type="submit" variant="contained" disabled={isBusy}>
            {t('settings.save')}
          </Button>
          {failure?.code === 'changed_meanwhile' && (
            <Button onClick={() => location.reload()}>{t('settings.reload')}</Button>
          )}
        </div>
      </form>
      {asked && (
        <Confirm
          title={t('project.shorter')}
          text={t('project.shorterText', { days: formatNumber(asked.retentionDays ?? 0) })}
          action={t('project.shorterAction')}
          isBusy={save.isPending}
          error={save.error}
          onConfirm={() => save.mutate(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  )
}

const explain = (failure: ApiFailure): string =>
  failure.code === 'changed_meanwhile' ? t('project.changedMeanwhile') : failure.message

function Fields({ now }: { now: Settings }) {
  return (
    <>
      <Setting name={t('project.name')} hint={t('project.nameHint')}>
        {(control) => (
          <input {...control} className="select" name="name" required maxLength={100} defaultValue={now.name} />
        )}
      </Setting>
      <Setting name={t('range.timeZone')} hint={t('project.timeZoneHint')}>
        {(control) => (
          <select {...control} className="select" name="timeZone" defaultValue={now.timeZone ?? ''}>
            <option value="">{t('project.timeZoneBrowser')}</option>
            {zones.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        )}
      </Setting>
      <Setting name={t('project.retention')} hint={t('project.retentionHint')}>
        {(control) => (
          <span className="field">
            <input
              {...control}
              className="select number"
              style={{ width: 100 }}
              type="number"
              name="retentionDays"
              min={1}
              max={36_500}
              placeholder={t('project.forever')}
              defaultValue={now.retentionDays ?? ''}
            />
            {t('project.days')}
          </span>
        )}
      </Setting>
      <Setting name={t('project.ipPolicy')} hint={t('project.ipPolicyHint')}>
        {(control) => (
          <select {...control} className="select" name="ipPolicy" defaultValue={now.ipPolicy}>
            {policies.map((policy) => (
              <option key={policy} value={policy}>
                {t(`project.ipPolicy.${policy}`)}
              </option>
            ))}
          </select>
        )}
      </Setting>
      <Setting name={t('project.origins')} hint={t('project.originsHint')}>
        {(control) => (
          <textarea
            {...control}
            className="select area mono"
            name="allowedOrigins"
            rows={3}
            placeholder="https://www.example.com"
            defaultValue={now.allowedOrigins.join('\n')}
          />
        )}
      </Setting>
    </>
  )
}
