import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { Condition, Exclude } from '@trailstitch/protocol'
import { type FormEvent, useState } from 'react'
import type { Page } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useAnalysis } from '../../app/use-analysis.ts'
import { useRange } from '../../app/use-search.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { describeCondition } from '../../parts/fields.ts'
import { ConditionRow } from '../../parts/filter-dialog.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatNumber, formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { isComplete } from '../../url/filters.ts'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

type Rule = Omit<Exclude, 'madeAt'> & { madeAt: string }

/** Those that can be turned round; the server takes no others. */
const operators = ['is', 'is_not', 'contains', 'contains_not', 'set', 'not_set'] as const
const first: Condition = { field: 'traits.email', operator: 'contains', values: [] }

/** Rules of what counts in no report. */
export function TrafficTab() {
  const rules = useSettings<Page<Rule>>('/excludes')
  return (
    <>
      <ListPanel title={t('settings.tab.traffic')} rows={rules.data}>
        <p className="quiet">{t('traffic.lead')}</p>
        <QueryState query={rules} isEmpty={({ items }) => items.length === 0} empty={t('traffic.empty')}>
          {({ items }) => <Rules rules={items} />}
        </QueryState>
      </ListPanel>
      <NewRule />
    </>
  )
}

function Rules({ rules }: { rules: readonly Rule[] }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/excludes`
  const remove = useChange(({ id }: Rule) => api.send('DELETE', `${path}/${id}`))
  return (
    <>
      <FormFailure text={remove.error?.message} />
      <DataTable
        name={t('settings.tab.traffic')}
        canDownload={false}
        rows={rules}
        rowKey={({ id }) => id}
        columns={[
          { name: t('traffic.name'), value: ({ name }) => name, cell: ({ name }) => <strong>{name}</strong> },
          { name: t('traffic.condition'), value: ({ condition }) => describeCondition(condition) },
          {
            name: t('traffic.madeBy'),
            value: ({ madeBy }) => madeBy,
            cell: ({ madeBy, madeAt }) => (
              <span className="quiet">{t('traffic.made', { who: madeBy, when: formatTime(madeAt, 'date') })}</span>
            ),
          },
          {
            name: t('settings.actions'),
            value: () => null,
            isNumber: true,
            cell: (rule) => (
              <Button
                disabled={remove.isPending}
                aria-label={t('settings.do', { action: t('traffic.undo'), name: rule.name })}
                onClick={() => remove.mutate(rule)}
              >
                {t('traffic.undo')}
              </Button>
            ),
          },
        ]}
      />
    </>
  )
}

function NewRule() {
  const { api } = useApp()
  const path = `${useProjectPath()}/excludes`
  const [name, setName] = useState('')
  const [condition, setCondition] = useState(first)
  // Its fields are emptied by being others.
  const [count, setCount] = useState(0)
  const make = useChange(async (body: { name: string; condition: Condition }) => {
    await api.send('POST', path, body)
    setName('')
    setCondition(first)
    setCount(count + 1)
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (isComplete(condition))
      make.mutate({ name: name.trim() || describeCondition(condition).slice(0, 100), condition })
  }
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2" sx={{ mb: 1.5 }}>
        {t('traffic.new')}
      </Typography>
      <form className="settings-form" onSubmit={onSubmit}>
        <ConditionRow key={count} condition={condition} onChange={setCondition} operators={operators} />
        <Preview condition={condition} />
        <div className="bar">
          <input
            className="select search"
            maxLength={100}
            autoComplete="off"
            aria-label={t('traffic.nameHint')}
            placeholder={t('traffic.nameHint')}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <Button type="submit" variant="contained" disabled={make.isPending || !isComplete(condition)}>
            {t('traffic.make')}
          </Button>
        </div>
        <FormFailure text={make.error?.message} />
      </form>
    </Paper>
  )
}

const series = [{ measure: 'events' }, { measure: 'people' }] as const

/** How much of what counts now the rule would leave out. */
function Preview({ condition }: { condition: Condition }) {
  const { from, to } = useRange()
  const answer = useAnalysis<'trend'>(
    isComplete(condition) ? { type: 'trend', from, to, where: [condition], series, interval: 'month' } : undefined,
  )
  const [events = 0, people = 0] = (answer.data?.rows ?? []).map(({ total }) => total ?? 0)
  return (
    <p className="quiet" role="status">
      {isComplete(condition) && answer.data
        ? t('traffic.preview', { events: formatNumber(events), people: formatNumber(people) })
        : t('traffic.previewNone')}
    </p>
  )
}
