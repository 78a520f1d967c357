import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { start } from './helpers/servers.js'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

describe.skipIf(!existsSync(executablePath))('a page in Chromium (left out where it is not installed)', () => {
  it('is served, fetches, gets events and sends forms', async () => {
    const { url, errors } = await start('page.mjs')
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      await page.goto(url)
      await page.getByText('Hello from the page').waitFor()
      await page.locator('#events li').nth(2).waitFor()
      expect(await page.locator('#events li').allTextContents()).toEqual(['1', '2', '3'])
      await page.fill('input[name=name]', 'Ada')
      await page.setInputFiles('input[type=file]', {
        name: 'note.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('a note'),
      })
      await page.click('button')
      await page.getByText('Ada sent note.txt: a note').waitFor()
    } finally {
      await browser.close()
    }
    expect(errors).toEqual([])
  }, 90_000)
})
