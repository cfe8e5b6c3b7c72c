// Made-up names of companies and persons. Any likeness to real ones is chance.

import { COUNTRIES, type CountryCode } from './places.ts';
import { itemAt, type Random } from './random.ts';

export interface CompanyName {
  readonly name: string;
  /** Letters for its mail domain. */
  readonly slug: string;
}

export interface PersonName {
  readonly given: string;
  readonly family: string;
  /** The name in its own script: `张伟明` or `Ada Holm`. */
  readonly local: string;
  /** `weiming.zhang`. */
  readonly mail: string;
}

const BRANDS = words(`Rotfuchs Nordlicht Silberbach Kestrel Juniper Larkspur Bluewater Cobalt Falkenried Grünau
  Hollowoak Ironwood Jadeberg Kranich Lindenhof Moorland Nightjar Otterbrook Pinecrest Quarryhill Redwing Sturmvogel
  Tamarack Ulmenhain Vermilion Wildrose Yarrow Zephyr Ångström`);
const TRADES = words(`Machinery Logistics Foods Optics Textiles Robotics Instruments Packaging Chemicals Timber
  Electronics Bearings Ceramics Marine Medical Paper Tools`);
const CHINESE_BRANDS =
  pairs(`云杉 yunshan 赤狐 chihu 青岚 qinglan 银溪 yinxi 松鹤 songhe 墨竹 mozhu 远帆 yuanfan 星野 xingye
  白鹭 bailu 石桥 shiqiao 海棠 haitang 飞燕 feiyan 金穗 jinsui 麓川 luchuan 晨曦 chenxi 雁南 yannan 沐风 mufeng 玉衡 yuheng
  落霞 luoxia 浅草 qiancao 望舒 wangshu 鹿鸣 luming 朗月 langyue 碧潭 bitan 寒梅 hanmei 珊瑚 shanhu 蓝鲸 lanjing 梧桐 wutong
  苍穹 cangqiong`);
const CHINESE_TRADES = pairs(`机械 jixie 物流 wuliu 食品 shipin 光学 guangxue 纺织 fangzhi 智能 zhineng 仪器 yiqi
  包装 baozhuang 化工 huagong 木业 muye 电子 dianzi 轴承 zhoucheng 陶瓷 taoci 船舶 chuanbo 医疗 yiliao 纸业 zhiye 工具 gongju`);

const GIVEN = words(`Ada Bo Clara Dov Elin Finn Greta Hugo Ines Jory Kaia Lars Mira Nils Oona Piet Quinn Rosa Sven Tilda
  Ulla Vito Wanda Xenia Yorick Zelda Anouk Bruno Cleo`);
const FAMILY = words(`Holm Ashdown Birkenfeld Corvane Dahlquist Ellerby Fennimore Grauwald Hartwell Isenmoor Jansdotter
  Kettering Lavigne Morrow Nordahl Ostrander Pemberly Quillon Ravenscar Sommerfeld Thackeray Umberlin Vossberg
  Winterbourne Yellowlees Zimmerling Ambrosius`);
const SURNAMES =
  pairs(`张 zhang 王 wang 李 li 赵 zhao 陈 chen 林 lin 周 zhou 吴 wu 沈 shen 顾 gu 欧阳 ouyang 许 xu 何 he
  罗 luo 宋 song 唐 tang`);
const CHINESE_GIVEN =
  pairs(`示明 shiming 例华 lihua 思源 siyuan 雨桐 yutong 子墨 zimo 若溪 ruoxi 嘉树 jiashu 清扬 qingyang
  云舒 yunshu 景行 jingxing 听澜 tinglan 望川 wangchuan 知微 zhiwei 北辰 beichen 南乔 nanqiao 可欣 kexin 浩然 haoran
  秋水 qiushui 安澜 anlan`);

/** Distinct for every index below 493: 29 brands and 17 trades have no common factor. */
export function companyName(index: number, country: CountryCode): CompanyName {
  const { suffix } = COUNTRIES[country];
  if (country === 'CN') {
    const [brand, brandSlug] = itemAt(CHINESE_BRANDS, index);
    const [trade, tradeSlug] = itemAt(CHINESE_TRADES, index);
    return { name: `${brand}${trade}${suffix}`, slug: `${brandSlug}-${tradeSlug}` };
  }
  const brand = itemAt(BRANDS, index);
  const trade = itemAt(TRADES, index);
  const joined = index % 9 === 4 ? `${brand} & Sons ${trade} ${suffix}` : `${brand} ${trade} ${suffix}`;
  return { name: joined, slug: `${ascii(brand)}-${ascii(trade)}` };
}

export function personName(country: CountryCode, random: Random): PersonName {
  if (country !== 'CN') {
    const [given, family] = [random.pick(GIVEN), random.pick(FAMILY)];
    return { given, family, local: `${given} ${family}`, mail: `${ascii(given)}.${ascii(family)}` };
  }
  const [surname, surnameSlug] = random.pick(SURNAMES);
  const [given, givenSlug] = random.pick(CHINESE_GIVEN);
  const names = { given: capital(givenSlug), family: capital(surnameSlug) };
  return { ...names, local: `${surname}${given}`, mail: `${givenSlug}.${surnameSlug}` };
}

/** Mail domains reserved for examples by RFC 2606. */
export function mailDomain(slug: string, index: number): string {
  return `${slug}.example.${itemAt(['com', 'net', 'org'], index)}`;
}

function words(text: string): string[] {
  return text.split(/\s+/);
}

function pairs(text: string): [string, string][] {
  const list = words(text);
  return list.flatMap((word, index): [string, string][] => (index % 2 === 0 ? [[word, list[index + 1] ?? '']] : []));
}

function ascii(text: string): string {
  return text.toLowerCase().replaceAll('ü', 'ue').replaceAll('å', 'a').replaceAll('ö', 'oe');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
