import { createTheme } from '@mui/material/styles'

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace'
const sans = 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** The colours of both schemes. */
export const palettes = {
  light: {
    primary: { main: '#3d4fc4' },
    background: { default: '#f6f7f9', paper: '#ffffff' },
    text: { primary: '#191c24', secondary: '#555c6b' },
    divider: '#e2e5eb',
    success: { main: '#12714a' },
    warning: { main: '#8a5300' },
    error: { main: '#b3261e' },
  },
  dark: {
    primary: { main: '#a3b1ff' },
    background: { default: '#101218', paper: '#181b23' },
    text: { primary: '#e8eaf0', secondary: '#a5acbb' },
    divider: '#2b303c',
    success: { main: '#5fd3a0' },
    warning: { main: '#f0b866' },
    error: { main: '#ff9a92' },
  },
}

/** Light and dark, by CSS variables: switching repaints and renders nothing anew. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'class' },
  colorSchemes: {
    light: { palette: palettes.light },
    dark: { palette: palettes.dark },
  },
  shape: { borderRadius: 8 },
  typography: {
    fontFamily: sans,
    fontSize: 13.5,
    h1: { fontSize: '1.35rem', fontWeight: 650, letterSpacing: '-0.01em' },
    h2: { fontSize: '0.95rem', fontWeight: 620 },
    h3: { fontSize: '0.875rem', fontWeight: 600 },
    button: { textTransform: 'none', fontWeight: 560 },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: { defaultProps: { disableElevation: true, size: 'small' } },
    MuiPaper: { defaultProps: { variant: 'outlined' }, styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiTableCell: { styleOverrides: { root: { padding: '7px 12px', fontVariantNumeric: 'tabular-nums' } } },
    MuiOutlinedInput: { defaultProps: { size: 'small' } },
  },
})

export const fonts = { mono }
