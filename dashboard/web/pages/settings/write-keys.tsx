import Button from '@mui/material/Button'
import { useState } from 'react'
import type { Page } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { Setting } from './setting.tsx'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

interface WriteKey {
  key: string
  until: string | null
}
interface Doing {
  kind: 'replace' | 'remove'
  key: string
}

/** The keys that pages and servers send with. */
export function WriteKeysTab() {
  const { api } = useApp()
  const path = `${useProjectPath()}/write-keys`
  const keys = useSettings<Page<WriteKey>>('/write-keys')
  const [doing, setDoing] = useState<Doing>()
  const add = useChange(() => api.send('POST', path))
  return (
    <ListPanel
      title={t('settings.tab.write-keys')}
      rows={keys.data}
      action={
        <Button
          startIcon={<Icon name="plus" size={16} />}
          disabled={add.isPending}
          onClick={() => add.mutate(undefined)}
        >
          {t('writeKeys.add')}
        </Button>
      }
    >
      <p className="quiet">{t('writeKeys.lead')}</p>
      <FormFailure text={add.error?.message} />
      <QueryState query={keys}>{({ items }) => <Keys keys={items} onDo={setDoing} />}</QueryState>
      {doing?.kind === 'remove' && <Remove name={doing.key} onClose={() => setDoing(undefined)} />}
      {doing?.kind === 'replace' && <Replace name={doing.key} onClose={() => setDoing(undefined)} />}
    </ListPanel>
  )
}

const hasEnded = ({ until }: WriteKey): boolean => until !== null && Date.parse(until) <= Date.now()

function stateOf(key: WriteKey): string {
  if (key.until === null) return t('writeKeys.works')
  return t(hasEnded(key) ? 'writeKeys.ended' : 'writeKeys.until', { time: formatTime(key.until, 'moment') })
}

function Keys({ keys, onDo }: { keys: readonly WriteKey[]; onDo: (doing: Doing) => void }) {
  return (
    <DataTable
      name={t('settings.tab.write-keys')}
      canDownload={false}
      rows={keys}
      rowKey={({ key }) => key}
      columns={[
        {
          name: t('writeKeys.key'),
          value: ({ key }) => key,
          cell: ({ key }) => <code className="mono">{key}</code>,
        },
        {
          name: t('writeKeys.state'),
          value: stateOf,
          cell: (key) => <span className={key.until === null ? 'good' : 'quiet'}>{stateOf(key)}</span>,
        },
        {
          name: t('settings.actions'),
          value: () => null,
          isNumber: true,
          cell: (row) => (
            <span className="actions">
              <CopyButton text={row.key} name={row.key} />
              {row.until === null && (
                <Button
                  aria-label={t('settings.do', { action: t('writeKeys.replace'), name: row.key })}
                  onClick={() => onDo({ kind: 'replace', key: row.key })}
                >
                  {t('writeKeys.replace')}
                </Button>
              )}
              <Button
                color="error"
                aria-label={t('settings.do', { action: t('settings.remove'), name: row.key })}
                onClick={() => onDo({ kind: 'remove', key: row.key })}
              >
                {t('settings.remove')}
              </Button>
            </span>
          ),
        },
      ]}
    />
  )
}

function Remove({ name, onClose }: { name: string; onClose: () => void }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/write-keys/${encodeURIComponent(name)}`
  const remove = useChange(async () => {
    await api.send('DELETE', path)
    onClose()
  })
  return (
    <Confirm
      title={t('writeKeys.removeTitle')}
      text={t('writeKeys.removeText', { key: name })}
      action={t('writeKeys.removeTitle')}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  )
}

const hourMs = 3_600_000
const overlaps = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs, month: 30 * 24 * hourMs } as const
const overlapNames = Object.keys(overlaps) as (keyof typeof overlaps)[]

function Replace({ name, onClose }: { name: string; onClose: () => void }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/write-keys`
  const [overlap, setOverlap] = useState<keyof typeof overlaps>('week')
  const replace = useChange(async () => {
    await api.send('POST', path, { replaces: name, until: new Date(Date.now() + overlaps[overlap]).toISOString() })
    onClose()
  })
  return (
    <Confirm
      title={t('writeKeys.replaceTitle')}
      text={t('writeKeys.replaceText', { key: name })}
      action={t('writeKeys.replaceTitle')}
      isHarmless
      isBusy={replace.isPending}
      error={replace.error}
      onConfirm={() => replace.mutate(undefined)}
      onClose={onClose}
    >
      <Setting name={t('writeKeys.overlap')} hint={t('writeKeys.overlapHint')}>
        {(control) => (
          <select
            {...control}
            className="select"
            value={overlap}
            onChange={({ target }) => setOverlap(overlapNames.find((each) => each === target.value) ?? 'week')}
          >
            {overlapNames.map((each) => (
              <option key={each} value={each}>
                {t(`writeKeys.overlap.${each}`)}
              </option>
            ))}
          </select>
        )}
      </Setting>
    </Confirm>
  )
}
