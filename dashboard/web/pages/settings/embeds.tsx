import type { Maker, Page } from '../../api/types.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { makerName } from '../../parts/people.ts'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { NewEmbed } from './new-embed.tsx'
import { useRevoke } from './use-revoke.tsx'
import { useSettings } from './use-settings.ts'

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
  const { button, dialog } = useRevoke('/embed-tokens', t('embed.revokeText'))
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
            cell: button,
          },
        ]}
      />
      {dialog}
    </>
  )
}
