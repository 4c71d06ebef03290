import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { lazy, Suspense, useMemo } from 'react'
import { useAnalysis, useSettled } from '../app/use-analysis.ts'
import { useFilters, useRange, useUrlJson, useUrlText } from '../app/use-search.ts'
import { useKnown } from '../parts/field-select.tsx'
import { describeEvent } from '../parts/fields.ts'
import { Icon } from '../parts/icon.tsx'
import { QueryState } from '../parts/query-state.tsx'
import { Builder } from './funnels/builder.tsx'
import {
  type FunnelQuestion,
  isFunnelQuestion,
  readWho,
  suggestSteps,
  toFunnel,
  usualFunnel,
  writeWho,
} from './funnels/question.ts'
import { Results } from './funnels/results.tsx'
import { t } from './funnels/texts.ts'

const PeopleDialog = lazy(async () => ({ default: (await import('./funnels/people.tsx')).PeopleDialog }))

/** How many go through steps, where they stop, and who they are. */
export function Page() {
  const [question, setQuestion] = useUrlJson('q', usualFunnel, isFunnelQuestion)
  const [whoText, setWho] = useUrlText('who')
  const who = readWho(whoText, question.steps.length)
  const isWhole = question.steps.length > 1
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('funnels.title')}</Typography>
      </div>
      <Paper className="panel" component="section" aria-label={t('funnels.steps')}>
        <Builder question={question} onChange={setQuestion} />
      </Paper>
      {isWhole ? (
        <Answer question={question} onOpen={(next) => setWho(writeWho(next))} />
      ) : (
        <Empty question={question} onChange={setQuestion} />
      )}
      <Suspense fallback={null}>
        {isWhole && who && <PeopleDialog question={question} who={who} onClose={() => setWho('')} />}
      </Suspense>
    </>
  )
}

function Answer(props: { question: FunnelQuestion; onOpen: Parameters<typeof Results>[0]['onOpen'] }) {
  const { question, onOpen } = props
  const range = useRange()
  const [where] = useFilters()
  const asked = useMemo(() => ({ question, query: toFunnel(question, range, where) }), [question, range, where])
  const answer = useAnalysis<'funnel'>(asked.query)
  const settled = useSettled(asked, answer)
  const before = useAnalysis<'funnel'>(range.compared && toFunnel(question, { ...range, ...range.compared }, where))
  const isBefore = range.compared && !answer.isPlaceholderData && !before.isPlaceholderData
  return (
    <QueryState
      query={{
        ...answer,
        data: settled,
        error: answer.error ?? before.error,
        refetch: () => Promise.all([answer, before].map((each) => each.error && each.refetch())),
      }}
    >
      {({ asked: of, data }) => (
        <Results question={of.question} answer={data} before={isBefore ? before.data : undefined} onOpen={onOpen} />
      )}
    </QueryState>
  )
}

/** Says what a funnel is for, and suggests a first one. */
function Empty(props: { question: FunnelQuestion; onChange: (question: FunnelQuestion) => void }) {
  const { question, onChange } = props
  const known = useKnown()
  if (question.steps.length > 0) return <Paper className="state">{t('funnels.oneMore')}</Paper>
  return (
    <Paper>
      <QueryState query={known}>
        {({ events }) => {
          const steps = suggestSteps(events)
          return (
            <div className="state">
              <Icon name="funnel" size={28} />
              <strong>{t('funnels.emptyTitle')}</strong>
              <span>{t(steps ? 'funnels.emptyText' : 'funnels.tooFew')}</span>
              {steps && (
                <>
                  <span className="funnel-suggestion">
                    {steps.map(({ event }) => describeEvent(event)).join(' → ')}
                  </span>
                  <Button variant="contained" onClick={() => onChange({ ...question, steps })}>
                    {t('funnels.suggest')}
                  </Button>
                </>
              )}
            </div>
          )
        }}
      </QueryState>
    </Paper>
  )
}
