import Paper from '@mui/material/Paper'
import type { LiveAnswer } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { Change } from '../../parts/change.tsx'
import { Why } from '../../parts/why.tsx'
import { formatDuration, formatNumber, formatShare, formatShort } from '../../texts/format.ts'
import { t } from '../../texts/t.ts'
import { countActive } from '../live/active.ts'
import { type Totals, type TotalsAnswer, useCountsEvents } from './data.ts'

const figures = [
  { key: 'people', value: ({ people }: Totals) => people, format: formatShort },
  { key: 'sessions', value: ({ sessions }: Totals) => sessions, format: formatShort },
  { key: 'pages', value: ({ pages }: Totals) => pages, format: formatShort },
  { key: 'bounceRate', value: ({ bounceRate }: Totals) => bounceRate, format: formatShare, isBetterLow: true },
  { key: 'duration', value: ({ durationMs }: Totals) => durationMs, format: formatDuration },
] as const

/** The row of figures on top, each with how it changed and why it is what it is. */
export function OverviewFigures(props: {
  answer: TotalsAnswer
  before: TotalsAnswer | undefined
  newest: LiveAnswer | undefined
}) {
  const isCounted = useCountsEvents()
  const { isShared } = useApp()
  const { answer, before, newest } = props
  return (
    <Paper className="figures" component="section" aria-label={t('nav.overview')}>
      {!isShared && (
        <div className="figure">
          <div className="figure-name">
            {t('figure.now')}
            <Why name={t('figure.now')} definition={t('why.now')} />
          </div>
          <div className="figure-value" aria-live="polite">
            {newest ? formatNumber(countActive(newest.items, Date.now())) : '–'}
          </div>
          <div className="figure-change">{t('live.activeLabel')}</div>
        </div>
      )}
      {figures.map(({ key, value, format, ...rest }) => {
        const now = value(answer.totals)
        return (
          <div className="figure" key={key}>
            <div className="figure-name">
              {t(`figure.${key}`)}
              <Why
                name={t(`figure.${key}`)}
                definition={t(`why.${key}`)}
                meta={answer.meta}
                {...(answer.botEvents !== undefined && { botEvents: answer.botEvents })}
              />
            </div>
            <div className="figure-value" title={now === null ? undefined : formatNumber(now)}>
              {!answer.meta.exact && key === 'people' && '≈ '}
              {now === null ? '–' : format(now)}
            </div>
            {now === null && isCounted ? (
              <div className="figure-change">{t('figure.notFiltered')}</div>
            ) : (
              before && (
                <Change now={now} before={value(before.totals)} format={format} isBetterLow={'isBetterLow' in rest} />
              )
            )}
          </div>
        )
      })}
    </Paper>
  )
}
