// Names that people write for countries and the library does not list, by ISO 3166-1 alpha-2 code.

export const MORE_NAMES: Readonly<Record<string, readonly string[]>> = {
  AE: ['the Emirates'],
  AT: ['Austria, Republic of'],
  BA: ['Bosnia', '波斯尼亚和黑塞哥维那'],
  BN: ['Brunei'],
  CD: ['DR Congo', 'DRC', 'Congo-Kinshasa', 'Congo, Democratic Republic of the', '刚果民主共和国', '民主刚果'],
  CF: ['中非共和国'],
  CG: ['Congo-Brazzaville', '刚果共和国'],
  CN: ['PRC', 'P.R. China', 'PR China', 'Mainland China', '中华人民共和国', '中国大陆', '中国内地', '大陆'],
  CZ: ['捷克共和国'],
  DE: ['Federal Republic of Germany', '德意志联邦共和国', '联邦德国'],
  DO: ['多米尼加共和国'],
  FM: ['Micronesia'],
  GB: ['England', 'Scotland', 'Wales', 'Northern Ireland', 'U.K.', '大不列颠', '英格兰', '苏格兰'],
  GR: ['EL', 'Hellas'],
  HK: ['Hong Kong SAR', 'Hong Kong, China', 'HKSAR', '中国香港', '香港特别行政区', '中国香港特别行政区'],
  KP: ['DPRK', '北朝鲜', '朝鲜民主主义人民共和国'],
  KR: ['Korea, South', '大韩民国', '南韩'],
  LA: ['Laos', '老挝人民民主共和国'],
  MD: ['Moldova'],
  MM: ['Burma'],
  MO: ['Macau', 'Macao SAR', 'Macau SAR', 'Macao, China', '中国澳门', '澳门特别行政区', '中国澳门特别行政区'],
  NL: ['Holland', '荷兰王国'],
  NZ: ['纽西兰'],
  RU: ['俄国', '俄罗斯联邦'],
  SA: ['沙特', '沙特阿拉伯王国', 'KSA'],
  SZ: ['Swaziland'],
  SY: ['Syria'],
  TL: ['East Timor', '东帝汶民主共和国'],
  TW: ['台湾', 'Taiwan, China', 'Chinese Taipei', '中国台湾', '台湾省', '台灣'],
  US: ['U.S.A', 'United States of America (USA)', 'America', '美利坚合众国'],
  VA: ['Vatican', 'Vatican City', 'Holy See', '梵蒂冈城国'],
  VN: ['Viet Nam', '越南社会主义共和国'],
  ZA: ['南非共和国'],
};

/** Names that mean more than one country: a person must say which. */
export const AMBIGUOUS: Readonly<Record<string, readonly string[]>> = {
  congo: ['CD', 'CG'],
  刚果: ['CD', 'CG'],
  korea: ['KP', 'KR'],
};
