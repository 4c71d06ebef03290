import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import type { Condition, Field } from '@trailstitch/protocol'
import { useId, useState } from 'react'
import { useAnalysis } from '../app/use-analysis.ts'
import { useRange } from '../app/use-search.ts'
import { t } from '../texts/t.ts'
import { operators as allOperators, isComplete, needsValue } from '../url/filters.ts'
import { FieldSelect } from './field-select.tsx'

interface FilterDialogProps {
  onClose: () => void
  onApply: (condition: Condition) => void
  /** The event it is about. Default: all. */
  event?: string | undefined
}

/** Asks for one condition. */
export function FilterDialog({ onClose, onApply, event: name }: FilterDialogProps) {
  const [condition, setCondition] = useState<Condition>({ field: 'path', operator: 'is', values: [] })
  return (
    <Dialog open onClose={onClose} aria-labelledby="filter-title" maxWidth="sm" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isComplete(condition)) onApply(condition)
        }}
      >
        <DialogTitle id="filter-title">{t('filter.add')}</DialogTitle>
        <DialogContent>
          <ConditionRow condition={condition} onChange={setCondition} event={name} />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t('filter.cancel')}</Button>
          <Button type="submit" variant="contained" disabled={!isComplete(condition)}>
            {t('filter.apply')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

interface ConditionRowProps {
  condition: Condition
  onChange: (next: Condition) => void
  event?: string | undefined
  /** Default: all. */
  operators?: readonly Condition['operator'][]
}

/** Field, operator and values of one condition, with the fields and values that there are in the range. */
export function ConditionRow(props: ConditionRowProps) {
  const { condition, onChange, event: name, operators = allOperators } = props
  const { from, to } = useRange()
  const { field } = condition
  const known = useAnalysis<'properties'>({
    type: 'properties',
    from,
    to,
    field,
    ...(name !== undefined && { event: name }),
  })
  const listId = useId()
  const [typed, setText] = useState('')
  // What was typed counts as long as it says what the condition does: rows above may go, and the address may change.
  const said = (condition.values ?? []).join(', ')
  const text = splitValues(typed).join(', ') === said ? typed : said
  const values = known.data?.fields.find((each) => each.field === field)?.values ?? []
  return (
    <div className="bar">
      <FieldSelect<Field>
        label={t('filter.field')}
        value={field}
        event={name}
        onChange={(next) => {
          setText('')
          onChange({ ...condition, field: next, values: [] })
        }}
      />
      <select
        className="select"
        aria-label={t('filter.operator')}
        value={condition.operator}
        onChange={(event) => onChange({ ...condition, operator: event.target.value as Condition['operator'] })}
      >
        {operators.map((operator) => (
          <option key={operator} value={operator}>
            {t(`operator.${operator}`)}
          </option>
        ))}
      </select>
      {needsValue(condition.operator) && (
        <>
          <input
            className="select"
            aria-label={t('filter.values')}
            placeholder={t('filter.value')}
            list={listId}
            value={text}
            onChange={(event) => {
              setText(event.target.value)
              onChange({ ...condition, values: splitValues(event.target.value) })
            }}
          />
          <datalist id={listId}>
            {values.map(({ value }) => (
              <option key={value} value={value} />
            ))}
          </datalist>
        </>
      )}
    </div>
  )
}

const splitValues = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
