import type { Page } from 'playwright-core'

/** The events of a purchase by name, and by type what has none. */
export const purchaseEvents: readonly string[] = [
  ...['Product Viewed', 'Product Added', 'Checkout Started', 'identify', 'Signed In', 'Order Completed'],
  ...['page', 'page', 'page', 'page', 'page'],
]

/** From an advertisement to an order, in the demo shop at `origin`. */
export async function buyTent(
  page: Page,
  origin: string,
  { name, email }: { name: string; email: string },
): Promise<void> {
  await page.goto(`${origin}/demo/?utm_source=google&utm_medium=cpc&utm_campaign=tents`)
  await page.locator('h1').waitFor()
  await page.getByRole('link', { name: /Ridge tent/ }).click()
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByRole('link', { name: 'Go to cart' }).click()
  await page.getByRole('link', { name: 'Check out' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('E-mail').first().fill(email)
  await page.getByRole('button', { name: 'Place the order' }).click()
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
}
