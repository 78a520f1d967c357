import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

describe.skipIf(!existsSync(executablePath))('Chromium’s DevTools (left out where it is not installed)', () => {
  it('attach to an isolate by its URL, and step through its file', async () => {
    await using isolate = new Isolate({ name: 'checkout' })
    await using server = await isolate.openInspector()
    // The older headless mode has no DevTools.
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--headless=new'],
      ignoreDefaultArgs: ['--headless'],
    })
    try {
      const page = await browser.newPage()
      await page.goto(server.devtoolsUrl)
      await server.attached
      const source = `function total(price) {
  debugger
  const twice = price * 2
  return twice
}
total(21)`
      const result = isolate.run(source, { filename: '/app/checkout.js' })
      await page.getByText('Debugger paused').waitFor()
      await page.getByText('checkout.js:2', { exact: true }).waitFor()
      await page.keyboard.press('F10')
      await page.getByText('checkout.js:3', { exact: true }).waitFor()
      await page.keyboard.press('F10')
      await page.getByText('checkout.js:4', { exact: true }).waitFor()
      // As the editor shows it beside the line.
      await page.getByText('twice = 42').first().waitFor()
      await page.keyboard.press('F8')
      expect(await result).toBe(42)
    } finally {
      await browser.close()
    }
  }, 90_000)
})
