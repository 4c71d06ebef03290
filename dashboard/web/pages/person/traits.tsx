import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import type { PersonDetail, TraitHistory } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject, useTimeZone } from '../../app/use-search.ts'
import { shortId, valueText } from '../../parts/people.ts'
import { Failed } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from './texts.ts'

type Values = TraitHistory['items'][number]['values']

function useTraitHistory(profileId: string) {
  const { api } = useApp()
  const project = useProject().id
  return useQuery({
    queryKey: ['traits', project, profileId],
    queryFn: ({ signal }) =>
      api.get<TraitHistory>(`/people/${encodeURIComponent(profileId)}/traits`, { project }, signal),
  })
}

/** What identify calls said, as it stands now, and what it was before. */
export function Traits({ person }: { person: PersonDetail }) {
  const traits = Object.entries(person.traits)
  const history = useTraitHistory(person.profileId)
  const valuesOf = (name: string): Values => history.data?.items.find((item) => item.name === name)?.values ?? []
  return (
    <>
      <Typography variant="h2">{t('person.traits')}</Typography>
      {traits.length === 0 ? (
        <p className="quiet">{t('person.noTraits')}</p>
      ) : (
        <dl className="facts">
          {traits.map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>
                {valueText(value)}
                <Before name={name} values={valuesOf(name)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {history.error && <Failed error={history.error} retry={history.refetch} />}
      {history.data?.complete === false && <p className="quiet small">{t('person.historyCut')}</p>}
    </>
  )
}

/** The values of a trait by time; nothing where there has been one alone. */
function Before({ name, values }: { name: string; values: Values }) {
  const timeZone = useTimeZone()
  if (values.length < 2) return null
  const before = values.length - 1
  return (
    <details className="history">
      <summary>
        {before === 1 ? t('person.historyOne') : t('person.history', { count: before })}
        <span className="visually-hidden"> {t('person.historyOf', { name })}</span>
      </summary>
      <ol>
        {values.map(({ value, at, messageId }) => (
          <li key={messageId}>
            {valueText(value)}{' '}
            <span className="quiet" title={t('person.evidence', { id: shortId(messageId) })}>
              {t('person.since', { time: formatTime(at, 'moment', timeZone) })}
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}
