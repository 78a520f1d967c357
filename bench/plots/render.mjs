import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'
import { init } from 'echarts'
import { FAMILY } from './theme.mjs'

const require = createRequire(import.meta.url)
/** Handed over as files, so that a picture of points has its text on a machine without any font, too. */
const fontFiles = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map((file) =>
  require.resolve(`@expo-google-fonts/inter/${file}`),
)
/** Points of a PNG in each of the SVG's. */
const DENSITY = 2

/** @typedef {{ option: any, width: number, height: number }} Picture */

/**
 * @param {Picture} picture
 * @returns {string} SVG, transparent
 */
export function toSvg({ option, width, height }) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({
    backgroundColor: 'transparent',
    animation: false,
    textStyle: { fontFamily: FAMILY },
    ...option,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return plain(svg)
}

/**
 * @param {string} svg
 * @param {string} ground its background
 * @returns {Buffer} PNG
 */
export function toPng(svg, ground) {
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' }
  return new Resvg(svg, { font, background: ground, fitTo: { mode: 'zoom', value: DENSITY } }).render().asPng()
}

/**
 * Without what serves programs that a reader does not have: identifiers, which ECharts counts on through the life of the process, and marks
 * and styles for a mouse. So the same figures make the same file.
 *
 * @param {string} svg
 */
const plain = (svg) =>
  svg
    .replace(/<style\b.*?<\/style>/gs, '')
    .replace(/ (?:class="zr[^"]*"|ecmeta_\w+="[^"]*"|pointer-events="visible")/g, '')
    .replace(/\bzr\d+-/g, 'zr-')
    .replace(/\n{2,}/g, '\n')
