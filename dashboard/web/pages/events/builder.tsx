import Button from '@mui/material/Button'
import IconButton from '@mui/material/IconButton'
import type { Field, Interval, PropertiesAnswer, Series } from '@trailstitch/protocol'
import { useRange } from '../../app/use-search.ts'
import { cssColour } from '../../charts/chart.tsx'
import { EventConditions, EventSelect } from '../../parts/event-filter.tsx'
import { FieldSelect, useKnown } from '../../parts/field-select.tsx'
import { describeField } from '../../parts/fields.ts'
import { Icon } from '../../parts/icon.tsx'
import { describeFormula, type Formula, letterOf, operators } from './formula.ts'
import { measures, needsProperty } from './measures.ts'
import { type EventsQuestion, intervalsOf, maxSeries, topChoices, usualTop, withoutSeries } from './question.ts'
import { t } from './texts.ts'

interface BuilderProps {
  question: EventsQuestion
  onChange: (question: EventsQuestion) => void
}

/** Puts a question together: series, a formula of two of them, a breakdown and an interval. */
export function Builder({ question, onChange }: BuilderProps) {
  const { series, formula } = question
  const setSeries = (place: number, next: Series) =>
    onChange({ ...question, series: series.map((each, at) => (at === place ? next : each)) })
  return (
    <div className="builder">
      {series.map((each, place) => (
        <SeriesRow
          key={letterOf(place)}
          place={place}
          series={each}
          hasOwnLine={!formula && question.breakdown === undefined}
          onChange={(next) => setSeries(place, next)}
          onRemove={series.length > 1 ? () => onChange(withoutSeries(question, place)) : undefined}
        />
      ))}
      {formula && <FormulaRow formula={formula} question={question} onChange={onChange} />}
      <div className="bar">
        {series.length < maxSeries && (
          <Button
            startIcon={<Icon name="plus" size={16} />}
            onClick={() => onChange({ ...question, series: [...series, { measure: 'events' }] })}
          >
            {t('events.addSeries')}
          </Button>
        )}
        {!formula && series.length > 1 && (
          <Button
            startIcon={<Icon name="plus" size={16} />}
            onClick={() => onChange({ ...question, formula: { left: 1, operator: '/', right: 0 } })}
          >
            {t('events.addFormula')}
          </Button>
        )}
        <span style={{ flex: 1 }} />
        <Options question={question} onChange={onChange} />
      </div>
    </div>
  )
}

type PropertyField = NonNullable<Series['property']>

const isProperty = (field: Field): field is PropertyField => field.startsWith('properties.')
const isNumber = ({ kind }: PropertiesAnswer['fields'][number]): boolean => kind === 'number'

interface SeriesRowProps {
  place: number
  series: Series
  /** Its letter has the colour of its line. */
  hasOwnLine: boolean
  onChange: (series: Series) => void
  onRemove: (() => void) | undefined
}

function SeriesRow({ place, series, hasOwnLine, onChange, onRemove }: SeriesRowProps) {
  const name = letterOf(place)
  const known = useKnown(series.event)
  const fields = (known.data?.fields ?? []).filter(({ field, kind }) => isProperty(field) && kind !== 'yes_no')
  // What is a number always stands before what is one now and then.
  const sorted = [...fields.filter(isNumber), ...fields.filter((field) => !isNumber(field))]
  const properties = sorted.map(({ field }) => field).filter(isProperty)
  const chooseMeasure = (measure: Series['measure']) => {
    const { property: before, ...rest } = series
    const property =
      before ??
      fields
        .filter(isNumber)
        .map(({ field }) => field)
        .find(isProperty)
    onChange({ ...rest, measure, ...(needsProperty(measure) && property !== undefined && { property }) })
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid in every browser.
    <div className="builder-row" role="group" aria-label={t('events.series', { name })}>
      <span className="letter" aria-hidden="true" style={hasOwnLine ? { background: cssColour(place) } : undefined}>
        {name}
      </span>
      <div className="bar">
        <EventSelect name={name} filter={series} onChange={onChange} />
        <select
          className="select"
          aria-label={t('events.measureFor', { name })}
          value={series.measure}
          onChange={({ target }) => chooseMeasure(target.value as Series['measure'])}
        >
          {measures.map((measure) => (
            <option key={measure} value={measure}>
              {t(`measure.${measure}`)}
            </option>
          ))}
        </select>
        {needsProperty(series.measure) && (
          <PropertySelect name={name} series={series} known={properties} onChange={onChange} />
        )}
        <EventConditions name={name} filter={series} onChange={onChange} />
      </div>
      {onRemove && (
        <IconButton size="small" aria-label={t('events.remove', { name })} onClick={onRemove}>
          <Icon name="close" size={16} />
        </IconButton>
      )}
    </div>
  )
}

interface PropertySelectProps {
  name: string
  series: Series
  known: readonly PropertyField[]
  onChange: (series: Series) => void
}

function PropertySelect({ name, series, known, onChange }: PropertySelectProps) {
  const { property } = series
  const options = property === undefined || known.includes(property) ? known : [property, ...known]
  return (
    <select
      className="select"
      aria-label={t('events.propertyFor', { name })}
      value={property ?? ''}
      onChange={({ target }) => onChange({ ...series, property: target.value as PropertyField })}
    >
      {property === undefined && <option value="">{t('events.chooseProperty')}</option>}
      {options.map((field) => (
        <option key={field} value={field}>
          {describeField(field)}
        </option>
      ))}
    </select>
  )
}

function FormulaRow({ formula, question, onChange }: BuilderProps & { formula: Formula }) {
  const { series, formula: _formula, ...rest } = question
  const set = (patch: Partial<Formula>) => onChange({ ...question, formula: { ...formula, ...patch } })
  const side = (name: 'left' | 'right') => (
    <select
      className="select"
      aria-label={t(`formula.${name}`)}
      value={formula[name]}
      onChange={({ target }) => set({ [name]: Number(target.value) })}
    >
      {series.map((_each, place) => (
        <option key={letterOf(place)} value={place}>
          {letterOf(place)}
        </option>
      ))}
    </select>
  )
  return (
    // biome-ignore lint/a11y/useSemanticElements: as for a series.
    <div className="builder-row" role="group" aria-label={t('formula.label')}>
      <span className="letter" aria-hidden="true">
        =
      </span>
      <div className="bar">
        {side('left')}
        <select
          className="select"
          aria-label={t('formula.operator')}
          value={formula.operator}
          onChange={({ target }) => set({ operator: target.value as Formula['operator'] })}
        >
          {operators.map((each) => (
            <option key={each} value={each}>
              {t(`formula.${each}`)}
            </option>
          ))}
        </select>
        {side('right')}
        <span className="quiet">{t('formula.shows', { formula: describeFormula(formula) })}</span>
      </div>
      <IconButton size="small" aria-label={t('formula.remove')} onClick={() => onChange({ ...rest, series })}>
        <Icon name="close" size={16} />
      </IconButton>
    </div>
  )
}

function Options({ question, onChange }: BuilderProps) {
  const range = useRange()
  const { breakdown, top = usualTop, interval, ...rest } = question
  const kept = { ...rest, ...(interval && { interval }) }
  const tops = topChoices.some((each) => each === top) ? topChoices : [top, ...topChoices]
  return (
    <>
      <span className="field">
        {t('events.breakdown')}
        <FieldSelect
          label={t('events.breakdown')}
          value={breakdown}
          none={t('events.noBreakdown')}
          onChange={(field) => onChange({ ...kept, ...(field && { breakdown: field, top }) })}
        />
      </span>
      {breakdown && (
        <select
          className="select"
          aria-label={t('events.top')}
          value={top}
          onChange={({ target }) => onChange({ ...question, top: Number(target.value) })}
        >
          {tops.map((each) => (
            <option key={each} value={each}>
              {t('events.topCount', { count: each })}
            </option>
          ))}
        </select>
      )}
      <span className="field">
        {t('events.interval')}
        <select
          className="select"
          aria-label={t('events.interval')}
          value={interval ?? ''}
          onChange={({ target }) => {
            const { interval: _before, ...others } = question
            onChange({ ...others, ...(target.value && { interval: target.value as Interval }) })
          }}
        >
          <option value="">{t('events.auto', { interval: t(`interval.${range.interval}`) })}</option>
          {intervalsOf(range).map((each) => (
            <option key={each} value={each}>
              {t(`interval.${each}`)}
            </option>
          ))}
        </select>
      </span>
    </>
  )
}
