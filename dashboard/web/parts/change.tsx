import { formatChange } from '../texts/format.ts'
import { t } from '../texts/t.ts'

interface ChangeProps {
  now: number | null
  before: number | null
  format: (value: number) => string
  /** Less is better. */
  isBetterLow?: boolean
}

/** How a figure changed against the time before: green for better, red for worse. */
export function Change({ now, before, format, isBetterLow = false }: ChangeProps) {
  const change = now === null || before === null ? undefined : formatChange(now, before)
  if (now === null || before === null || change === undefined)
    return <div className="figure-change">{t('figure.noChange')}</div>
  const isGood = now === before ? undefined : now > before !== isBetterLow
  return (
    <div className="figure-change">
      <span className={isGood === undefined ? undefined : isGood ? 'good' : 'bad'}>{change}</span>{' '}
      {t('figure.change', { change: '', before: format(before) }).trim()}
    </div>
  )
}
