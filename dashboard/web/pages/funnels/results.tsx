import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { FunnelAnswer } from '@trailstitch/protocol'
import { useUrlText } from '../../app/use-search.ts'
import { Change } from '../../parts/change.tsx'
import { describeField } from '../../parts/fields.ts'
import { Why } from '../../parts/why.tsx'
import { formatNumber, formatShare } from '../../texts/format.ts'
import { Bars } from './bars.tsx'
import { type FunnelQuestion, usualWindow, type Who } from './question.ts'
import { conversionOf, toStepFigures } from './steps.ts'
import { GroupTable, StepTable } from './tables.tsx'
import { t } from './texts.ts'

interface ResultsProps {
  question: FunnelQuestion
  answer: FunnelAnswer
  /** Of the time that is compared with, once it is there. */
  before: FunnelAnswer | undefined
  onOpen: (who: Who) => void
}

/** A funnel's answer: three figures, a bar for each step or the table that says the same, and the values of a breakdown. */
export function Results({ question, answer, before, onOpen }: ResultsProps) {
  const { steps, breakdown } = question
  const [view, setView] = useUrlText('show', 'bars')
  const figures = toStepFigures(answer.total)
  if (figures[0]?.reached === 0) return <Paper className="state">{t('funnels.nobody')}</Paper>
  const definition = t('why.step', wordsOf(question))
  return (
    <div className="content">
      <Summary question={question} answer={answer} before={before} />
      <Paper className="panel" component="section" aria-label={t('funnels.chart')}>
        <div className="panel-head">
          <Typography variant="h2">{t('funnels.chart')}</Typography>
          <Button onClick={() => setView(view === 'table' ? 'bars' : 'table')}>
            {t(view === 'table' ? 'chart.chart' : 'chart.table')}
          </Button>
        </div>
        {view === 'table' ? (
          <StepTable steps={steps} figures={figures} />
        ) : (
          <Bars steps={steps} figures={figures} onOpen={onOpen} definition={definition} meta={answer.meta} />
        )}
      </Paper>
      {breakdown && (
        <Paper
          className="panel"
          component="section"
          aria-label={t('funnels.groups', { field: describeField(breakdown) })}
        >
          <div className="panel-head">
            <Typography variant="h2">{t('funnels.groups', { field: describeField(breakdown) })}</Typography>
            <Why name={describeField(breakdown)} definition={definition} meta={answer.meta} />
          </div>
          <GroupTable field={breakdown} steps={steps} groups={answer.groups} />
        </Paper>
      )}
    </div>
  )
}

/** How a funnel counts, in words. */
function wordsOf({ size, unit, order = 'ordered', count = 'people' }: FunnelQuestion) {
  return {
    window: `${size ?? usualWindow.size} ${t(`unit.${unit ?? usualWindow.unit}`)}`,
    order: t(`why.${order}`),
    count: t(count === 'people' ? 'why.countPeople' : 'why.countTotals'),
  }
}

function Summary({ question, answer, before }: Omit<ResultsProps, 'onOpen'>) {
  const words = wordsOf(question)
  const figures = [
    { key: 'started', format: formatNumber, value: ({ total }: FunnelAnswer) => total.steps[0]?.reached ?? 0 },
    { key: 'finished', format: formatNumber, value: ({ total }: FunnelAnswer) => total.steps.at(-1)?.reached ?? 0 },
    { key: 'conversion', format: formatShare, value: ({ total }: FunnelAnswer) => conversionOf(total) },
  ] as const
  return (
    <Paper className="figures" component="section" aria-label={t('funnels.title')}>
      {figures.map(({ key, format, value }) => {
        const name = t(`funnels.${key}`)
        const now = value(answer)
        return (
          <div className="figure" key={key}>
            <div className="figure-name">
              {name}
              <Why name={name} definition={t(`why.${key}`, words)} meta={answer.meta} />
            </div>
            <div className="figure-value">{now === null ? '–' : format(now)}</div>
            {before && <Change now={now} before={value(before)} format={format} />}
          </div>
        )
      })}
    </Paper>
  )
}
