/**
 * The active currencies and their minor units, by number of decimals: ISO 4217, list one, published by its maintenance
 * agency (SIX) on 2026-09-17. Every code of the list that has a minor unit is here, funds codes (CLF, UYW, …) included,
 * because an amount in minor units is well defined for them. Codes whose minor unit is "N.A." are not: precious metals
 * (XAU), units of account (XDR, XSU, XUA), bond units, XTS and XXX.
 *
 * We keep our own table because the other sources are not sufficient. CLDR, which Intl reads, has *display* digits (HUF
 * 0, where ISO has 2). They change with the runtime, and CLDR includes withdrawn currencies. No npm package has a list
 * of 2026. How to update the table: docs/reference/inputs.md.
 */
const CODES_BY_MINOR_UNITS: readonly (readonly [minorUnits: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP ' +
      'COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR ' +
      'JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN ' +
      'NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL ' +
      'THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

let minorUnits: ReadonlyMap<string, number> | undefined;

/**
 * The number of decimals of a currency's minor unit: 2 for EUR (cents), 0 for JPY, 3 for KWD.
 * @param code ISO 4217, in capitals.
 * @returns undefined if it is not an active currency, or has no minor unit.
 */
export function minorUnitsOf(code: string): number | undefined {
  minorUnits ??= new Map(
    CODES_BY_MINOR_UNITS.flatMap(([decimals, codes]) => codes.split(' ').map((each) => [each, decimals] as const)),
  );
  return minorUnits.get(code);
}
