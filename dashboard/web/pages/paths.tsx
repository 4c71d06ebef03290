import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { PathsAnswer } from '@trailstitch/protocol'
import { lazy, Suspense, useMemo } from 'react'
import { useAnalysis, useSettled } from '../app/use-analysis.ts'
import { useFilters, useRange, useUrlJson, useUrlText } from '../app/use-search.ts'
import { Segments } from '../parts/choice.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { EventChoice } from '../parts/event-choice.tsx'
import { NumberInput } from '../parts/number-input.tsx'
import { Loading, QueryState } from '../parts/query-state.tsx'
import { Why } from '../parts/why.tsx'
import { formatNumber, formatShare } from '../texts/format.ts'
import {
  anchorOf,
  directions,
  type FullQuestion,
  isQuestion,
  kinds,
  maxSteps,
  maxTop,
  type PathsQuestion,
  toQuery,
  withDefaults,
} from './paths/question.ts'
import { type PathRow, toRows } from './paths/rows.ts'
import { t } from './paths/texts.ts'
import { countVisits, describePlace } from './paths/words.ts'

const Flow = lazy(async () => ({ default: (await import('./paths/flow.tsx')).Flow }))

const nothingChosen: PathsQuestion = {}

/** What people do next, or did before, visit by visit. */
export function Page() {
  const { from, to, timeZone } = useRange()
  const [where] = useFilters()
  const [chosen, setChosen] = useUrlJson('ask', nothingChosen, isQuestion)
  const question = useMemo(() => withDefaults(chosen), [chosen])
  const query = useAnalysis<'paths'>({ ...toQuery(question), from, to, timeZone, where })
  const settled = useSettled(question, query)
  const known = useAnalysis<'properties'>({ type: 'properties', from, to })
  const change = (next: PathsQuestion) => setChosen({ ...chosen, ...next })
  const choose = (name: string) =>
    change({
      anchor: anchorOf(
        name,
        (known.data?.events ?? []).map(({ event }) => event),
      ),
    })
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('nav.paths')}</Typography>
      </div>
      <Paper className="panel" component="section" aria-label={t('report.question')}>
        <PathsForm question={question} onChange={change} />
      </Paper>
      <QueryState query={query} isEmpty={({ paths }) => paths === 0} empty={t('paths.empty')}>
        {() => settled && <Answer answer={settled.data} question={settled.asked} onChoose={choose} />}
      </QueryState>
    </>
  )
}

function PathsForm({ question, onChange }: { question: FullQuestion; onChange: (next: PathsQuestion) => void }) {
  const { anchor, direction, by, steps, top } = question
  const isForward = direction === 'forward'
  return (
    <div className="question">
      <EventChoice
        label={t(isForward ? 'paths.anchor' : 'paths.anchorBack')}
        any={t(isForward ? 'paths.begin' : 'paths.end')}
        value={anchor}
        onChange={(next) => onChange({ anchor: next })}
      />
      <div className="bar question-options">
        <Segments
          label={t('paths.direction')}
          value={direction}
          options={directions.map((each) => [each, t(`paths.direction.${each}`)])}
          onChange={(value) => onChange({ direction: value })}
        />
        <Segments
          label={t('paths.by')}
          value={by}
          options={kinds.map((each) => [each, t(`paths.by.${each}`)])}
          onChange={(value) => onChange({ by: value })}
        />
        <NumberInput
          label={t('paths.steps')}
          value={steps}
          min={1}
          max={maxSteps}
          onChange={(value) => onChange({ steps: value })}
        />
        <NumberInput
          label={t('paths.top')}
          value={top}
          min={1}
          max={maxTop}
          onChange={(value) => onChange({ top: value })}
        />
      </div>
    </div>
  )
}

function Answer(props: { answer: PathsAnswer; question: FullQuestion; onChoose: (name: string) => void }) {
  const { answer, question, onChoose } = props
  const [view, setView] = useUrlText('view', 'flow')
  const isTable = view === 'table'
  const title = countVisits(answer.paths)
  return (
    <Paper className="panel" component="section" aria-label={title}>
      <div className="panel-head">
        <Typography variant="h2">
          {title}
          <Why name={title} definition={t(`paths.why.${question.direction}`)} meta={answer.meta} />
        </Typography>
        {!isTable && <span className="quiet small wide">{t('paths.hint')}</span>}
      </div>
      {isTable ? (
        <PathsTable answer={answer} question={question} />
      ) : (
        <Suspense fallback={<Loading />}>
          <Flow label={t('paths.flow')} answer={answer} question={question} onChoose={onChoose} />
        </Suspense>
      )}
      <div className="bar" style={{ justifyContent: 'flex-end', marginTop: 6 }}>
        <Button onClick={() => setView(isTable ? 'flow' : 'table')}>
          {t(isTable ? 'chart.chart' : 'chart.table')}
        </Button>
      </div>
    </Paper>
  )
}

function PathsTable({ answer, question }: { answer: PathsAnswer; question: FullQuestion }) {
  const { direction } = question
  const nameOf = (place: PathRow['from']) => describePlace(place, direction)
  return (
    <DataTable
      name={t('paths.table')}
      rows={toRows(answer, question)}
      rowKey={({ step, from, to }) => JSON.stringify([step, from, to])}
      maxHeight={560}
      columns={[
        { name: t('paths.step'), value: ({ step }) => step },
        { name: t('paths.from'), value: ({ from }) => nameOf(from) },
        { name: t('paths.to'), value: ({ to }) => nameOf(to) },
        {
          name: t('paths.count'),
          isNumber: true,
          value: ({ visits }) => visits,
          cell: ({ visits }) => formatNumber(visits),
        },
        {
          name: t('paths.share'),
          isNumber: true,
          value: ({ visits }) => Math.round((visits / answer.paths) * 10_000) / 10_000,
          cell: ({ visits }) => formatShare(visits / answer.paths),
        },
      ]}
    />
  )
}
