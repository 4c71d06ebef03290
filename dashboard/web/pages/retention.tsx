import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { RetentionAnswer } from '@trailstitch/protocol'
import { useMemo } from 'react'
import { useAnalysis, useSettled } from '../app/use-analysis.ts'
import { useFilters, useRange, useUrlJson, useUrlText } from '../app/use-search.ts'
import { Segments } from '../parts/choice.tsx'
import { QueryState } from '../parts/query-state.tsx'
import { Why } from '../parts/why.tsx'
import { RetentionCurve } from './retention/curve.tsx'
import { RetentionForm } from './retention/form.tsx'
import { HeatTable, shownAs } from './retention/heat-table.tsx'
import { type FullQuestion, isQuestion, type RetentionQuestion, toQuery, withDefaults } from './retention/question.ts'
import { t } from './retention/texts.ts'

const nothingChosen: RetentionQuestion = {}

/** Who comes back after what, and when. */
export function Page() {
  const range = useRange()
  const [where] = useFilters()
  const [chosen, setChosen] = useUrlJson('ask', nothingChosen, isQuestion)
  const question = useMemo(() => withDefaults(chosen, range.interval), [chosen, range.interval])
  const { from, to, timeZone } = range
  const query = useAnalysis<'retention'>({ ...toQuery(question), from, to, timeZone, where })
  const settled = useSettled(question, query)
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('nav.retention')}</Typography>
      </div>
      <Paper className="panel" component="section" aria-label={t('report.question')}>
        <RetentionForm question={question} onChange={(change) => setChosen({ ...chosen, ...change })} />
      </Paper>
      <QueryState
        query={query}
        isEmpty={({ cohorts }) => cohorts.every(({ size }) => size === 0)}
        empty={t('retention.empty')}
      >
        {() => settled && <Answer question={settled.asked} answer={settled.data} timeZone={timeZone} />}
      </QueryState>
    </>
  )
}

function Answer(props: { question: FullQuestion; answer: RetentionAnswer; timeZone: string }) {
  const { question, answer, timeZone } = props
  const [show, setShow] = useUrlText('show', 'share')
  const shown = shownAs.find((each) => each === show) ?? 'share'
  return (
    <div className="content">
      <Paper className="panel" component="section" aria-label={t('retention.table')}>
        <div className="panel-head">
          <Typography variant="h2">
            {t('retention.table')}
            <Why name={t('retention.table')} definition={definitionOf(question)} meta={answer.meta} />
          </Typography>
          <Segments
            label={t('retention.show')}
            value={shown}
            options={shownAs.map((each) => [each, t(`retention.show.${each}`)])}
            onChange={setShow}
          />
        </div>
        <HeatTable name={t('retention.table')} answer={answer} question={question} timeZone={timeZone} shown={shown} />
      </Paper>
      <Paper className="panel" component="section" aria-label={t('retention.curve')}>
        <div className="panel-head">
          <Typography variant="h2">
            {t('retention.curve')}
            <Why name={t('retention.curve')} definition={t('retention.why.average')} meta={answer.meta} />
          </Typography>
        </div>
        <RetentionCurve answer={answer} question={question} />
      </Paper>
    </div>
  )
}

const definitionOf = ({ cohort, mode }: FullQuestion): string =>
  [t(`retention.why.${cohort}`), t(`retention.why.${mode}`), t('retention.why.unfinished')].join(' ')
