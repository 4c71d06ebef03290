import Popover from '@mui/material/Popover'
import Typography from '@mui/material/Typography'
import { formatRange } from '../app/range-bar.tsx'
import { useFilters, useProject, useRange } from '../app/use-search.ts'
import { formatNumber, formatTime } from '../texts/format.ts'
import { t } from '../texts/why.ts'
import { Facts } from './facts.tsx'
import { describeCondition } from './fields.ts'
import type { WhyProps } from './why-props.ts'

type Props = WhyProps & { anchor: HTMLElement; onClose: () => void }

/** What `Why` opens. */
export function WhyCard({ name, definition, meta, botEvents, anchor, onClose }: Props) {
  const range = useRange()
  const [filters] = useFilters()
  const { excludes } = useProject()
  const bots = botEvents === undefined ? t('why.botsOut') : t('why.noFilters', { count: formatNumber(botEvents) })
  const facts: [string, string][] = meta
    ? [
        [t('why.range'), `${formatRange(range)}, ${range.timeZone}`],
        [t('why.filters'), filters.length > 0 ? filters.map(describeCondition).join('; ') : bots],
        ...(excludes.length > 0
          ? [[t('why.excludes'), t('why.excluded', { names: excludes.join(', ') })] satisfies [string, string]]
          : []),
        [t('why.freshness'), formatTime(meta.computedAt, 'moment', range.timeZone)],
        [t('why.exactness'), t(meta.exact ? 'why.exact' : 'why.estimate')],
        [t('why.rows'), formatNumber(meta.rowsScanned)],
      ]
    : []
  return (
    <Popover
      open
      anchorEl={anchor}
      onClose={onClose}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      slotProps={{ paper: { role: 'dialog', 'aria-label': t('why.button', { name }) } }}
    >
      <div className="why-card">
        <Typography variant="h3" component="h2">
          {name}
        </Typography>
        <Typography variant="body2" sx={{ mt: 0.5 }}>
          {definition}
        </Typography>
        {facts.length > 0 && <Facts facts={facts} />}
      </div>
    </Popover>
  )
}
