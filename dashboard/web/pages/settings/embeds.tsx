import Button from '@mui/material/Button'
import { useState } from 'react'
import type { Maker, Page } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { makerName } from '../../parts/people.ts'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { NewEmbed } from './new-embed.tsx'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

interface EmbedToken {
  id: string
  name: string
  origins: string[]
  questions: number
  expiresAt: string
  madeBy: Maker
  at: string
}

/** Tokens with which pages of other sites show charts. */
export function EmbedsTab() {
  const tokens = useSettings<Page<EmbedToken>>('/embed-tokens')
  return (
    <>
      <ListPanel title={t('settings.tab.embed')} rows={tokens.data}>
        <p className="quiet">{t('embed.lead')}</p>
        <QueryState query={tokens} isEmpty={({ items }) => items.length === 0} empty={t('embed.empty')}>
          {({ items }) => <Tokens tokens={items} />}
        </QueryState>
      </ListPanel>
      <NewEmbed />
    </>
  )
}

function Tokens({ tokens }: { tokens: readonly EmbedToken[] }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/embed-tokens`
  const [ending, setEnding] = useState<EmbedToken>()
  const revoke = useChange(async ({ id }: EmbedToken) => {
    await api.send('DELETE', `${path}/${id}`)
    setEnding(undefined)
  })
  return (
    <>
      <DataTable
        name={t('settings.tab.embed')}
        canDownload={false}
        rows={tokens}
        rowKey={({ id }) => id}
        columns={[
          { name: t('embed.name'), value: ({ name }) => name, cell: ({ name }) => <strong>{name}</strong> },
          { name: t('embed.sites'), value: ({ origins }) => origins.join(', ') },
          { name: t('embed.charts'), isNumber: true, value: ({ questions }) => questions },
          {
            name: t('traffic.madeBy'),
            isWide: true,
            value: ({ madeBy }) => makerName(madeBy),
            cell: ({ madeBy, at }) => (
              <span className="quiet">
                {t('traffic.made', { who: makerName(madeBy), when: formatTime(at, 'date') })}
              </span>
            ),
          },
          {
            name: t('embed.ends'),
            value: ({ expiresAt }) => expiresAt,
            cell: ({ expiresAt }) => <span className="nowrap">{formatTime(expiresAt, 'date')}</span>,
          },
          {
            name: t('settings.actions'),
            value: () => null,
            isAction: true,
            cell: (token) => (
              <Button
                color="error"
                aria-label={t('settings.do', { action: t('settings.revoke'), name: token.name })}
                onClick={() => setEnding(token)}
              >
                {t('settings.revoke')}
              </Button>
            ),
          },
        ]}
      />
      {ending && (
        <Confirm
          title={t('apiKeys.revokeTitle', { name: ending.name })}
          text={t('embed.revokeText')}
          action={t('settings.revoke')}
          isBusy={revoke.isPending}
          error={revoke.error}
          onConfirm={() => revoke.mutate(ending)}
          onClose={() => setEnding(undefined)}
        />
      )}
    </>
  )
}
