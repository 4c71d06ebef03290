import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { AnalysisAnswers } from '@trailstitch/protocol'
import { useApp } from '../../app/context.ts'
import { FilterBar } from '../../app/filter-bar.tsx'
import { RangeBar } from '../../app/range-bar.tsx'
import { useFilters, useProject, useRange, useUrlJson } from '../../app/use-search.ts'
import { PeopleList } from '../../parts/people-list.tsx'
import { Why } from '../../parts/why.tsx'
import { formatNumber } from '../../texts/format.ts'
import { Conditions } from './conditions.tsx'
import { asksForNone, isQuestion, rowsOf, type SegmentQuestion, toQuery } from './question.ts'
import { t } from './texts.ts'

const pageSize = 100
const nothingChosen: SegmentQuestion = {}

function useAsked(question: SegmentQuestion) {
  const { from, to, timeZone } = useRange()
  const [where] = useFilters()
  return { ...toQuery(question), from, to, timeZone, where }
}

function useSegment(asked: ReturnType<typeof useAsked>) {
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

/** Those who are something, and did something so often in the range. */
export function Segment() {
  const [question, setQuestion] = useUrlJson('ask', nothingChosen, isQuestion)
  const asked = useAsked(question)
  const people = useSegment(asked)
  const rows = rowsOf(question)
  const first = people.data?.pages[0]
  return (
    <>
      <RangeBar canCompare={false} />
      <Paper className="panel" component="section" aria-label={t('report.question')}>
        <div className="question">
          <div className="question-wide">
            <Conditions rows={rows} onChange={(counts) => setQuestion({ counts })} />
            {asksForNone(rows) && <p className="quiet small">{t('people.among')}</p>}
          </div>
          <div className="question-options">
            <div className="field">{t('people.where')}</div>
            <FilterBar />
          </div>
        </div>
      </Paper>
      {first && <Count total={first.total} meta={first.meta} />}
      <Paper>
        <PeopleList key={JSON.stringify(asked)} label={t('people.title')} people={people} empty={t('people.noneDid')} />
      </Paper>
    </>
  )
}

/** How many they are on all pages. */
function Count({ total, meta }: Pick<AnalysisAnswers['segment'], 'total' | 'meta'>) {
  return (
    <Typography variant="h2">
      <span aria-live="polite">
        {t(total === 1 ? 'people.countOne' : 'people.count', { count: formatNumber(total) })}
      </span>
      <Why name={t('people.counted')} definition={t('people.why')} meta={meta} />
      <span className="quiet small exactness">{t(meta.exact ? 'people.exact' : 'people.estimate')}</span>
    </Typography>
  )
}
