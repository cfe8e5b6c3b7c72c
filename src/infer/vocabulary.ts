// The words by which companies name their columns, in English and Chinese, and what they stand for.

/** What a word stands for, and its words: English in singular and lower case, Chinese as it is written. */
export interface Word {
  readonly id: string;
  readonly en: readonly string[];
  readonly zh: readonly string[];
}

/** Kinds of things that records are about. */
export const ENTITIES: readonly Word[] = [
  {
    id: 'customer',
    en: ['customer', 'client', 'account', 'company', 'organisation', 'organization', 'firm'],
    zh: ['客户', '公司', '企业', '单位'],
  },
  { id: 'contact', en: ['contact', 'contact person', 'person', 'address book'], zh: ['联系人', '通讯录', '名片'] },
  {
    id: 'employee',
    en: ['employee', 'staff', 'owner', 'user', 'worker', 'personnel'],
    zh: ['员工', '职工', '职员', '人员', '雇员', '用户', '工号'],
  },
  { id: 'order', en: ['order', 'ordered', 'sales order', 'purchase order'], zh: ['订单', '销售订单', '下单'] },
  { id: 'product', en: ['product', 'item', 'material', 'article', 'sku'], zh: ['产品', '商品', '物料', '货品'] },
  { id: 'supplier', en: ['supplier', 'vendor'], zh: ['供应商', '供货商'] },
  { id: 'invoice', en: ['invoice', 'bill'], zh: ['发票', '账单'] },
  { id: 'contract', en: ['contract', 'agreement'], zh: ['合同'] },
];

/**
 * What is said about a thing. The order decides where a name has several of these words: `email address` is an e-mail,
 * `status code` a status. What is most general comes last.
 */
export const ATTRIBUTES: readonly Word[] = [
  { id: 'email', en: ['email', 'e mail', 'mail', 'mail box'], zh: ['电子邮箱', '电子邮件', '邮箱', '邮件'] },
  {
    id: 'mobile',
    en: ['mobile', 'mobile phone', 'cell', 'cell phone'],
    zh: ['手机', '手机号', '手机号码', '移动电话'],
  },
  { id: 'fax', en: ['fax', 'telefax'], zh: ['传真', '传真号码'] },
  {
    id: 'phone',
    en: ['phone', 'telephone', 'tel', 'landline'],
    zh: ['联系电话', '电话', '电话号码', '座机', '固话', '联系方式'],
  },
  { id: 'website', en: ['website', 'web site', 'homepage', 'url', 'web'], zh: ['网址', '官网', '网站', '主页'] },
  { id: 'uscc', en: ['uscc', 'unified social credit code'], zh: ['统一社会信用代码', '社会信用代码', '信用代码'] },
  { id: 'tax_no', en: ['tax no', 'vat no', 'vat', 'vat id', 'tax id'], zh: ['税号', '纳税人识别号'] },
  {
    id: 'identity_no',
    en: ['identity no', 'id card', 'national id'],
    zh: ['身份证', '身份证号', '身份证号码', '证件号码'],
  },
  { id: 'bank_account', en: ['bank account', 'iban'], zh: ['银行账号', '银行账户', '账号'] },
  { id: 'bank', en: ['bank'], zh: ['开户行', '开户银行', '银行'] },
  {
    id: 'owner',
    en: [
      'owner',
      'account manager',
      'sales rep',
      'sale representative',
      'salesperson',
      'sales person',
      'responsible',
      'assigned to',
      'key account manager',
    ],
    zh: ['客户经理', '业务员', '负责人', '销售员', '销售代表', '销售', '跟进人', '所属人'],
  },
  { id: 'given_name', en: ['given name', 'first name', 'forename', 'given', 'firstname'], zh: ['名'] },
  { id: 'family_name', en: ['family name', 'last name', 'surname', 'family', 'lastname'], zh: ['姓', '姓氏'] },
  { id: 'short_name', en: ['short name', 'nick name', 'abbreviation'], zh: ['简称', '昵称'] },
  {
    id: 'birthday',
    en: ['birthday', 'birth date', 'date of birth', 'dob', 'born on'],
    zh: ['生日', '出生日期', '出生年月'],
  },
  {
    id: 'hired_on',
    en: ['hire date', 'hired on', 'entry date', 'joined on', 'start of employment'],
    zh: ['入职日期', '入职时间', '入职'],
  },
  { id: 'left_on', en: ['leaving date', 'left on', 'termination date'], zh: ['离职日期', '离职时间'] },
  { id: 'updated_by', en: ['updated by', 'modified by', 'changed by'], zh: ['修改人', '更新人'] },
  { id: 'created_by', en: ['created by', 'author'], zh: ['创建人', '制单人'] },
  {
    id: 'updated_at',
    en: [
      'updated',
      'updated at',
      'updated on',
      'modified',
      'modified at',
      'last modified',
      'last updated',
      'changed at',
      'last change',
      'update time',
      'modify time',
      'time stamp',
      'timestamp',
      'last modified date',
      'change date',
      'modified date',
      'update date',
    ],
    zh: ['更新时间', '修改时间', '最后更新时间', '最后修改时间', '变更时间', '更新日期', '修改日期', '变更日期'],
  },
  {
    id: 'created_at',
    en: ['created', 'created at', 'created on', 'create time', 'creation date', 'create date', 'created date'],
    zh: ['创建时间', '创建日期', '建立时间', '录入时间', '建档日期'],
  },
  { id: 'credit_limit', en: ['credit limit', 'credit line', 'credit'], zh: ['信用额度', '信用限额', '授信额度'] },
  { id: 'capital', en: ['registered capital', 'capital'], zh: ['注册资本', '注册资金'] },
  { id: 'price', en: ['price', 'unit price'], zh: ['单价', '价格', '售价'] },
  { id: 'quantity', en: ['quantity'], zh: ['数量', '件数'] },
  {
    id: 'amount',
    en: ['amount', 'total', 'sum', 'total amount', 'value', 'net amount'],
    zh: ['金额', '总额', '合计', '总金额', '订单金额'],
  },
  { id: 'currency', en: ['currency'], zh: ['币种', '货币', '币别'] },
  {
    id: 'postal_code',
    en: ['postal code', 'postcode', 'post code', 'zip', 'zip code', 'zipcode', 'plz'],
    zh: ['邮编', '邮政编码'],
  },
  { id: 'country', en: ['country', 'country code', 'nation'], zh: ['国家', '国别', '国家地区'] },
  { id: 'province', en: ['province', 'state', 'region'], zh: ['省份', '省', '所在省', '省市', '地区', '区域'] },
  { id: 'city', en: ['city', 'town'], zh: ['城市', '市', '所在市', '地市'] },
  { id: 'district', en: ['district', 'county'], zh: ['区县', '区', '县', '所在区'] },
  {
    id: 'street',
    en: ['street', 'street address', 'address line', 'line 1', 'address 1'],
    zh: ['街道', '街道地址', '路名'],
  },
  { id: 'address', en: ['address'], zh: ['地址', '详细地址', '联系地址', '通讯地址', '住址'] },
  { id: 'department', en: ['department', 'division', 'org unit'], zh: ['部门', '所属部门', '科室'] },
  { id: 'title', en: ['title', 'job title', 'position', 'job', 'role'], zh: ['职务', '职位', '岗位', '职称'] },
  { id: 'gender', en: ['gender', 'sex'], zh: ['性别'] },
  { id: 'industry', en: ['industry', 'sector', 'branch'], zh: ['行业', '所属行业'] },
  { id: 'tier', en: ['tier', 'level', 'grade', 'rating', 'class'], zh: ['级别', '等级', '客户等级', '客户级别'] },
  {
    id: 'active',
    en: ['active', 'is active', 'enabled', 'is enabled', 'employed'],
    zh: ['在职', '是否在职', '启用', '是否启用', '有效', '是否有效'],
  },
  { id: 'status', en: ['status', 'state of affairs', 'stage'], zh: ['状态', '在职状态', '订单状态'] },
  { id: 'type', en: ['type', 'category', 'kind', 'group'], zh: ['类型', '类别', '分类', '性质'] },
  { id: 'notes', en: ['note', 'remark', 'comment', 'memo', 'annotation'], zh: ['备注', '说明', '附注', '摘要'] },
  { id: 'description', en: ['description', 'text', 'detail'], zh: ['描述', '简介', '详情'] },
  { id: 'date', en: ['date', 'day', 'on'], zh: ['日期'] },
  { id: 'time', en: ['time', 'at', 'date time', 'datetime'], zh: ['时间'] },
  { id: 'name', en: ['name', 'full name', 'fullname', 'company name'], zh: ['名称', '姓名', '名字', '全称', '中文名'] },
  {
    id: 'id',
    en: ['id', 'no', 'code', 'key', 'external id', 'uid', 'guid', 'uuid', 'external no'],
    zh: ['编号', '编码', '代码', '代号', '单号', '工号', '序号', '号', '号码', '主键'],
  },
];

/** Attributes that mean nearly the same, with how nearly. */
export const NEAR: readonly (readonly [string, string, number])[] = [
  ['phone', 'mobile', 0.9],
  ['street', 'address', 0.85],
  ['notes', 'description', 0.7],
  ['name', 'short_name', 0.6],
  ['status', 'active', 0.6],
  ['tier', 'type', 0.6],
  ['date', 'time', 0.7],
  ['date', 'created_at', 0.6],
  ['tax_no', 'uscc', 0.7],
  ['hired_on', 'date', 0.6],
];

/** Short forms, as tokens of English names. */
export const SHORT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    nr: 'no',
    num: 'no',
    number: 'no',
    nbr: 'no',
    cust: 'customer',
    cus: 'customer',
    acct: 'account',
    acc: 'account',
    emp: 'employee',
    dept: 'department',
    addr: 'address',
    tel: 'phone',
    mob: 'mobile',
    amt: 'amount',
    qty: 'quantity',
    mgr: 'manager',
    desc: 'description',
    prod: 'product',
    ord: 'order',
    cty: 'country',
    curr: 'currency',
    ccy: 'currency',
    stat: 'status',
    lmt: 'limit',
    rep: 'rep',
    remarks: 'remark',
    notes: 'note',
  }),
);
