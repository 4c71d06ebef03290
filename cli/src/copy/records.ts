import type { RecordKind, RecordPage, Store } from '@trailstitch/backends'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { stopped } from './fold.ts'

/** Records a page: bounds what is in memory to two pages, and is enough for a commit to cost little. */
const limits: Readonly<Record<RecordKind, number>> = {
  event: 5_000,
  claim: 10_000,
  rejected: 200,
  minute: 2_000,
  numbers: 200,
}

/** All records of a kind, a page at a time. The next page is read while the last one is worked on. */
export async function* readPages<K extends RecordKind>(
  { records }: Pick<Store, 'records'>,
  kind: K,
  from: string | null = null,
): AsyncGenerator<RecordPage<K>> {
  let reading: Promise<RecordPage<K>> | undefined = records.read(kind, from, limits[kind])
  while (reading) {
    const page: RecordPage<K> = await reading
    reading = page.next === null ? undefined : records.read(kind, page.next, limits[kind])
    reading?.catch(() => {}) // whoever stops early does not wait for it
    yield page
  }
}

/**
 * Copies what there is of a kind, from where the target's last copy ended. `onPage` is given the count of each page once
 * it is durable. Throws `interrupted` at the stop, `target_in_use` when somebody else copies, too.
 */
export async function copyRecords(
  kind: RecordKind,
  { source, target, from }: { source: Store; target: Store; from: string | undefined },
  io: Io,
  onPage: (records: number) => Promise<void>,
): Promise<void> {
  for await (const page of readPages(source, kind, from)) {
    if (io.stop.aborted) throw stopped()
    if (!(await target.records.write(kind, page)))
      throw new CliError('target_in_use', 'Another copy into the target is running. Let it come to its end.')
    await onPage(page.items.length)
  }
}
