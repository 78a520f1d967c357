/** The suite runs on an addon with a sanitizer. */
export const sanitized: boolean = process.env['ISOLATES_SANITIZER'] !== undefined

/**
 * With ThreadSanitizer, that is, which keeps several bytes beside each that was ever touched, and whose stack frames
 * are several times as large.
 */
export const shadowed: boolean = process.env['ISOLATES_SANITIZER'] === 'tsan'

/** Bytes that AddressSanitizer keeps after they were freed, so that their use would show: they count as resident. */
export const quarantine: number = sanitized ? 256 * 2 ** 20 : 0
