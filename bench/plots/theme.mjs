import { drivers } from '../drivers/index.mjs'

/**
 * Colours of a picture. Its background is transparent as SVG, and `ground` as PNG.
 *
 * @typedef {object} Theme
 * @property {string} suffix of the file's name
 * @property {string} text
 * @property {string} faint
 * @property {string} grid
 * @property {string} ground
 * @property {string} bar of a peer
 * @property {readonly string[]} ours
 * @property {readonly string[]} others told apart by people who see colours otherwise, too (Okabe and Ito)
 */

/** Where a reader has no Inter, the next one takes its place. */
export const FAMILY = "Inter, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"

/** @type {Readonly<Record<'light' | 'dark', Theme>>} */
export const themes = {
  light: {
    suffix: '',
    text: '#1f2328',
    faint: '#59636e',
    grid: '#d1d9e0',
    ground: '#ffffff',
    bar: '#a9b4bf',
    ours: ['#0b5cd6', '#5aa0f2', '#083a86', '#9cc4f5'],
    others: ['#d55e00', '#00845c', '#b0478a', '#8a6d00', '#5c6670', '#a03030', '#3a8fa8', '#7a52c7'],
  },
  dark: {
    suffix: '-dark',
    text: '#f0f6fc',
    faint: '#9198a1',
    grid: '#3d444d',
    ground: '#0d1117',
    bar: '#656f7a',
    ours: ['#58a6ff', '#1f6feb', '#a5d0ff', '#3d7dca'],
    others: ['#ff9147', '#35d0a0', '#f08cc8', '#e3c341', '#a5afba', '#ff7b72', '#6fd3ee', '#bc9bff'],
  },
}

/** Those of ours are circles. */
const SYMBOLS = ['rect', 'triangle', 'diamond', 'roundRect']

const ours = drivers.filter(({ role }) => role === 'ours').map(({ name }) => name)
const others = drivers.filter(({ role }) => role !== 'ours').map(({ name }) => name)

/**
 * How the line of a driver looks, the same in all pictures.
 *
 * @param {string} driver
 * @param {Theme} theme
 */
export function styleOf(driver, theme) {
  const own = ours.indexOf(driver)
  const place = own < 0 ? Math.max(0, others.indexOf(driver)) : own
  const colors = own < 0 ? theme.others : theme.ours
  return {
    color: colors[place % colors.length] ?? theme.text,
    symbol: own < 0 ? (SYMBOLS[place % SYMBOLS.length] ?? 'rect') : 'circle',
    dashed: own < 0 && place >= theme.others.length,
  }
}

/** Of its bar, which has its name beside it: ours stand out. @param {string} driver @param {Theme} theme */
export const colorOf = (driver, theme) => (ours.includes(driver) ? (theme.ours[0] ?? theme.text) : theme.bar)
