import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { AnalysisAnswers } from '@trailstitch/protocol'
import { useApp } from '../../app/context.ts'
import { FilterBar } from '../../app/filter-bar.tsx'
import { RangeBar } from '../../app/range-bar.tsx'
import { useAnalysis } from '../../app/use-analysis.ts'
import { useFilters, useProject, useRange, useUrlJson } from '../../app/use-search.ts'
import { EventChoice } from '../../parts/event-choice.tsx'
import { PeopleList } from '../../parts/people-list.tsx'
import { Why } from '../../parts/why.tsx'
import { formatNumber } from '../../texts/format.ts'
import { isQuestion, type SegmentQuestion, toQuery } from './question.ts'
import { t } from './texts.ts'

const pageSize = 100
const nothingChosen: SegmentQuestion = {}

type Asked = ReturnType<typeof useAsked>

function useAsked(question: SegmentQuestion) {
  const { from, to, timeZone } = useRange()
  const [where] = useFilters()
  return { ...toQuery(question), from, to, timeZone, where }
}

function useSegment(asked: Asked) {
  const { api } = useApp()
  const project = useProject().id
  return useInfiniteQuery({
    queryKey: ['segment', project, asked],
    queryFn: ({ pageParam, signal }) =>
      api.send<AnalysisAnswers['segment']>(
        'POST',
        '/query',
        { ...asked, project, limit: pageSize, ...(pageParam && { cursor: pageParam }) },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

/** Those who are, did and did not do something in the range. */
export function Segment() {
  const [question, setQuestion] = useUrlJson('ask', nothingChosen, isQuestion)
  const asked = useAsked(question)
  const people = useSegment(asked)
  const change = (next: SegmentQuestion) => setQuestion({ ...question, ...next })
  return (
    <>
      <RangeBar canCompare={false} />
      <Paper className="panel" component="section" aria-label={t('report.question')}>
        <div className="question">
          <EventChoice label={t('people.did')} value={question.did ?? {}} onChange={(did) => change({ did })} />
          <EventChoice
            label={t('people.didNot')}
            any={t('people.nothing')}
            value={question.didNot ?? {}}
            onChange={(didNot) => change({ didNot })}
          />
          <div className="question-options">
            <div className="field">{t('people.where')}</div>
            <FilterBar />
          </div>
        </div>
      </Paper>
      {people.data && (
        <Count
          asked={asked}
          listed={people.data.pages.reduce((sum, { items }) => sum + items.length, 0)}
          isAll={!people.hasNextPage}
        />
      )}
      <Paper>
        <PeopleList key={JSON.stringify(asked)} label={t('people.title')} people={people} empty={t('people.noneDid')} />
      </Paper>
    </>
  )
}

/**
 * How many they are. A trend counts those who did something, but knows nothing of what they did not do: then it is those
 * who are listed by now.
 */
function Count({ asked, listed, isAll }: { asked: Asked; listed: number; isAll: boolean }) {
  const { from, to, timeZone, where, did } = asked
  const hasNot = 'didNot' in asked
  const counted = useAnalysis<'trend'>(
    hasNot
      ? undefined
      : { type: 'trend', from, to, timeZone, where, interval: 'month', series: [{ ...did, measure: 'people' }] },
  )
  const total = hasNot || isAll ? undefined : counted.data?.rows[0]?.total
  const shown = total ?? listed
  const isMore = total === undefined && !isAll
  const text = shown === 1 ? 'people.countOne' : isMore ? 'people.countMore' : 'people.count'
  return (
    <Typography variant="h2">
      <span aria-live="polite">{t(text, { count: formatNumber(shown) })}</span>
      <Why
        name={t('people.counted')}
        definition={t('people.why')}
        {...(!hasNot && counted.data && { meta: counted.data.meta })}
      />
    </Typography>
  )
}
