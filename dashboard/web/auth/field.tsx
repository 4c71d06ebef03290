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
  minLength?: number
  maxLength?: number
  autoFocus?: boolean
  inputMode?: 'numeric'
  defaultValue?: string
  /** Default: it must be filled in. */
  isOptional?: boolean
}) {
  const { label, minLength, maxLength = 256, inputMode, isOptional = false, ...rest } = props
  const id = useId()
  return (
    <FormControl fullWidth size="small" required={!isOptional}>
      <InputLabel htmlFor={id}>{label}</InputLabel>
      <OutlinedInput id={id} label={label} inputProps={{ minLength, maxLength, inputMode }} {...rest} />
    </FormControl>
  )
}
