import Button from '@mui/material/Button'
import Table from '@mui/material/Table'
import TableBody from '@mui/material/TableBody'
import TableCell from '@mui/material/TableCell'
import TableHead from '@mui/material/TableHead'
import TableRow from '@mui/material/TableRow'
import type { CSSProperties, ReactNode } from 'react'
import { t } from '../texts/t.ts'
import { type CellValue, saveFile, toCsv, toJson } from './download.ts'
import { Icon } from './icon.tsx'
import { useKeptFocus } from './use-kept-focus.ts'

export interface Column<Row> {
  name: string
  /** What goes into files; shown, too, unless there is a `cell`. */
  value: (row: Row) => CellValue
  cell?: (row: Row) => ReactNode
  isNumber?: boolean
  /** For buttons: its name does not show, and files leave it out. */
  isAction?: boolean
  /** Left out where there is little room. */
  isWide?: boolean
  /** Stays in view while the others scroll sideways, and names its row. */
  isFixed?: boolean
  /** In files, but not shown. */
  isFileOnly?: boolean
  className?: string
  style?: (row: Row) => CSSProperties
}

const cellProps = <Row,>({ isNumber, isAction, isWide, isFixed, className }: Column<Row>) => ({
  align: isNumber || isAction ? ('right' as const) : ('left' as const),
  className: [isWide && 'wide', isFixed && 'is-fixed', className].filter(Boolean).join(' ') || undefined,
})

export interface DataTableProps<Row> {
  /** Says what the table holds; also the name of its files. */
  name: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** Pixels, beyond which it scrolls. */
  maxHeight?: number
  /** Default true. */
  canDownload?: boolean
}

/** A table that can be taken away as CSV or JSON. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { name, rows, rowKey, maxHeight, canDownload = true } = props
  const columns = props.columns.filter(({ isFileOnly }) => !isFileOnly)
  const keptFocus = useKeptFocus(rows)
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section className="scroll" style={{ maxHeight }} tabIndex={0} aria-label={name} {...keptFocus}>
        <Table size="small" stickyHeader={maxHeight !== undefined} aria-label={name}>
          <TableHead>
            <TableRow>
              {columns.map((column) => (
                <TableCell key={column.name} {...cellProps(column)}>
                  {column.isAction ? <span className="visually-hidden">{column.name}</span> : column.name}
                </TableCell>
              ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {rows.map((row) => (
              <TableRow key={rowKey(row)}>
                {columns.map((column) => (
                  <TableCell
                    key={column.name}
                    {...cellProps(column)}
                    style={column.style?.(row)}
                    {...(column.isFixed && { component: 'th', scope: 'row' })}
                  >
                    {column.cell ? column.cell(row) : String(column.value(row) ?? '')}
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </section>
      {canDownload && <Downloads {...props} />}
    </div>
  )
}

const formats = { csv: { write: toCsv, type: 'text/csv' }, json: { write: toJson, type: 'application/json' } } as const

function Downloads<Row>({ name, columns: all, rows }: DataTableProps<Row>) {
  const columns = all.filter(({ isAction }) => !isAction)
  const save = (format: keyof typeof formats) => {
    const { write, type } = formats[format]
    const names = columns.map((column) => column.name)
    const cells = rows.map((row) => columns.map((column) => column.value(row)))
    const fileName = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
    saveFile(`${fileName || 'table'}.${format}`, type, write(names, cells))
  }
  return (
    <div className="bar" style={{ marginTop: 6 }}>
      {(['csv', 'json'] as const).map((format) => (
        <Button
          key={format}
          startIcon={<Icon name="download" size={16} />}
          aria-label={t('table.download', { format: t(`table.${format}`), name })}
          onClick={() => save(format)}
        >
          {t(`table.${format}`)}
        </Button>
      ))}
    </div>
  )
}
