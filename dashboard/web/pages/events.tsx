import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useSetSearch, useUrlJson, useUrlText } from '../app/use-search.ts'
import { Segments } from '../parts/choice.tsx'
import { QueryState } from '../parts/query-state.tsx'
import { Builder } from './events/builder.tsx'
import { useLines } from './events/data.ts'
import { Dictionary } from './events/dictionary.tsx'
import { type EventsQuestion, isEventsQuestion, maxSeries, usualQuestion } from './events/question.ts'
import { EventsChart, TotalsTable } from './events/results.tsx'
import { t } from './events/texts.ts'

const views = ['trend', 'dictionary'] as const

/** Trends of several events, and which events and properties there are. */
export function Page() {
  const [chosen, setView] = useUrlText('view', 'trend')
  const view = views.find((each) => each === chosen) ?? 'trend'
  const [question, setQuestion] = useUrlJson('q', usualQuestion, isEventsQuestion)
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('events.title')}</Typography>
        <Segments
          label={t('events.view')}
          value={view}
          options={views.map((each) => [each, t(`events.${each}`)])}
          onChange={setView}
        />
      </div>
      {view === 'trend' ? (
        <Trends question={question} onChange={setQuestion} />
      ) : (
        <DictionaryView question={question} />
      )}
    </>
  )
}

function Trends({ question, onChange }: { question: EventsQuestion; onChange: (question: EventsQuestion) => void }) {
  const lines = useLines(question)
  return (
    <>
      <Paper className="panel" component="section" aria-label={t('events.trend')}>
        <Builder question={question} onChange={onChange} />
      </Paper>
      {lines.isAsked ? (
        <QueryState query={lines}>
          {(shown) => (
            <div className="content">
              <EventsChart shown={shown} />
              <TotalsTable shown={shown} />
            </div>
          )}
        </QueryState>
      ) : (
        <Paper className="state">{t('events.incomplete')}</Paper>
      )}
    </>
  )
}

function DictionaryView({ question }: { question: EventsQuestion }) {
  const setSearch = useSetSearch()
  const show = (next: EventsQuestion) => setSearch({ view: undefined, q: JSON.stringify(next) })
  return (
    <Dictionary
      onSeries={(event) => {
        const before = question === usualQuestion ? [] : question.series.slice(0, maxSeries - 1)
        show({ ...question, series: [...before, { event, measure: 'events' }] })
      }}
      onBreakdown={(breakdown) => show({ ...question, breakdown })}
    />
  )
}
