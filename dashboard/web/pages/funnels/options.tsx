import type { Field } from '@trailstitch/protocol'
import { Choice } from '../../parts/choice.tsx'
import { FieldSelect } from '../../parts/field-select.tsx'
import { NumberInput } from '../../parts/number-input.tsx'
import { counts, type FunnelQuestion, maxSize, orders, sides, type Unit, units, usualWindow } from './question.ts'
import { t } from './texts.ts'

interface OptionsProps {
  question: FunnelQuestion
  onChange: (question: FunnelQuestion) => void
}

/** How a funnel counts. */
export function Options({ question, onChange }: OptionsProps) {
  const { order = 'ordered', count = 'people', breakdown, by = 'first' } = question
  return (
    <>
      <Choice
        label={t('funnels.order')}
        options={orders.map((each) => [each, t(`order.${each}`)])}
        value={order}
        onChange={(next) => onChange({ ...question, order: next })}
      />
      <WindowFields question={question} onChange={onChange} />
      <Choice
        label={t('funnels.count')}
        options={counts.map((each) => [each, t(`count.${each}`)])}
        value={count}
        onChange={(next) => onChange({ ...question, count: next })}
      />
      <span className="field">
        {t('funnels.breakdown')}
        <FieldSelect<Field | undefined>
          label={t('funnels.breakdown')}
          value={breakdown}
          none={t('funnels.noBreakdown')}
          onChange={(field) => {
            const { breakdown: _before, ...rest } = question
            onChange({ ...rest, ...(field && { breakdown: field }) })
          }}
        />
      </span>
      {breakdown && (
        <Choice
          label={t('funnels.by')}
          options={sides.map((each) => [each, t(`by.${each}`)])}
          value={by}
          onChange={(next) => onChange({ ...question, by: next })}
        />
      )}
    </>
  )
}

function WindowFields({ question, onChange }: OptionsProps) {
  const { size = usualWindow.size, unit = usualWindow.unit } = question
  return (
    <span className="field">
      <NumberInput
        label={t('funnels.within')}
        value={size}
        min={1}
        max={maxSize(unit)}
        onChange={(next) => onChange({ ...question, size: next })}
      />
      <select
        className="select"
        aria-label={t('funnels.unit')}
        value={unit}
        onChange={({ target }) => {
          const next = target.value as Unit
          onChange({ ...question, unit: next, size: Math.min(size, maxSize(next)) })
        }}
      >
        {units.map((each) => (
          <option key={each} value={each}>
            {t(`unit.${each}`)}
          </option>
        ))}
      </select>
    </span>
  )
}
