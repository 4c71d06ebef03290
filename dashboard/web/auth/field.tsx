import FormControl from '@mui/material/FormControl'
import InputLabel from '@mui/material/InputLabel'
import OutlinedInput from '@mui/material/OutlinedInput'
import { useId } from 'react'

/** A labelled line of text. MUI's TextField would bring menus and popovers along. */
export function Field(props: {
  label: string
  name: string
  type?: 'text' | 'email' | 'password'
  autoComplete: string
  defaultValue?: string
  /** Default true. */
  required?: boolean
  minLength?: number
  maxLength?: number
  autoFocus?: boolean
  inputMode?: 'numeric'
  /** With `onText`, for a line whose text is looked at while it is typed. */
  value?: string
  onText?: (text: string) => void
}) {
  const { label, minLength, maxLength = 256, inputMode, required = true, onText, ...rest } = props
  const id = useId()
  return (
    <FormControl fullWidth size="small" required={required}>
      <InputLabel htmlFor={id}>{label}</InputLabel>
      <OutlinedInput
        id={id}
        label={label}
        inputProps={{ minLength, maxLength, inputMode }}
        {...(onText && { onChange: (event) => onText(event.target.value) })}
        {...rest}
      />
    </FormControl>
  )
}
