// What the page says, in English and Chinese; numbers, money and dates as the language writes them.

const WORDS = {
  portfolio: ["Portfolio", "组合概览"], customers: ["Customers", "客户"], customer: ["Customer", "客户"], review: ["Review", "人工审批"], reports: ["Reports", "报告"],
  skip: ["Skip to the content", "跳到正文"], sections: ["Sections", "栏目"], language: ["Language", "语言"], colours: ["Colours", "配色"],
  theme_system: ["Colours: as the system", "配色：跟随系统"], theme_light: ["Colours: light", "配色：浅色"], theme_dark: ["Colours: dark", "配色：深色"],
  sign_in: ["Sign in", "登录"], sign_out: ["Sign out", "退出"], token: ["Access token", "访问令牌"], sign_says: ["Use a token with the scope “review”; whoever runs the service makes one with duewise token new. It is kept in this tab until you sign out or close it.", "请使用具有 review 权限的令牌；由服务管理员以 duewise token new 生成。令牌只保存在本标签页中，退出或关闭后即清除。"],
  sign_lead: ["Reminders decided by risk, effect and the rules", "以风险、效果与规则决定每一次提醒"],
  bad_token: ["This token is not good, or has ended.", "令牌无效或已到期。"], no_scope: ["This token may not be used here: it lacks the scope “review”.", "该令牌没有 review 权限，不能用于本页面。"], no_service: ["The service does not answer.", "服务没有应答。"],
  loading: ["One moment …", "请稍候……"], failed: ["That did not work.", "操作未成功。"], reference: ["reference", "编号"], again: ["Try again", "重试"], none: ["None", "无"], nothing: ["Nothing", "无"],
  portfolio_says: ["Each customer once, with the latest decision; as of {at}.", "每位客户按最近一次决策计一次；截至{at}。"], no_decisions: ["No decision has been made yet. As soon as the service has decided for customers they stand here.", "尚无决策。服务作出决策后，客户将显示在这里。"],
  with_decision: ["Customers with a decision", "已有决策的客户"], of_due: ["{due} with an instalment, {overdue} overdue", "{due} 位有分期待还，{overdue} 位已逾期"], amount_open: ["Amount open", "待还金额"], of_instalments: ["of the instalments decided about", "所决策分期的合计"],
  at_risk: ["Amount at risk", "风险金额"], at_risk_says: ["amount open × default probability", "待还金额 × 违约概率"], expected_value: ["Expected value", "预期价值"], value_says: ["of the actions chosen, costs taken off", "所选动作的预期净收益"],
  mean_probability: ["Mean default probability", "平均违约概率"], reminded_says: ["{n} to be reminded", "拟提醒 {n} 位"], to_review: ["For a person to decide", "待人工决定"], open_review: ["open the review", "进入审批"],
  by_tier: ["By tier", "按风险等级"], by_stage: ["By stage and tier", "按阶段与风险等级"], by_action: ["By action", "按动作"], by_stance: ["By stance", "按还款态度"], by_programme: ["By programme", "按方案"],
  tier: ["Tier", "风险等级"], stage: ["Stage", "阶段"], stance: ["Stance", "还款态度"], action: ["Action", "动作"], programme: ["Programme", "方案"], default_probability: ["Default probability", "违约概率"], reminded: ["To be reminded", "拟提醒"], count: ["Customers", "客户数"], all: ["All", "全部"],
  stage_says: ["Days before and after the due date of the instalment; darker is more customers.", "以分期到期日前后的天数计；颜色越深客户越多。"], chart_stage: ["Customers at each stage, by tier; the numbers are in the table below.", "各阶段客户数（按风险等级）；数字见下表。"],
  capacity: ["Capacity of the day", "当日资源"], capacity_says: ["Taken by the decisions of the last 24 hours; “one more” is what it would be worth to the book.", "为最近 24 小时的决策所占用；“再多一个”为其对整个账簿的价值。"], channel: ["Channel", "渠道"], used: ["Taken", "已用"], limit: ["Limit", "上限"], price: ["One more is worth", "再多一个的价值"], no_limit: ["no limit", "不限"], budget: ["Budget", "预算"],
  alarms: ["Alarms", "告警"], alarms_window: ["Monitoring of {since} to {until}", "监测区间：{since} 至 {until}"], no_alarms: ["Nothing was raised in this window.", "本区间没有告警。"], no_watch: ["No monitoring is among the reports yet: duewise monitor writes one.", "报告中尚无监测结果：可由 duewise monitor 生成。"], to_do: ["To do", "处理"], alarm: ["alarm", "告警"], warning: ["warning", "预警"],
  window_decisions: ["{decisions} decisions about {customers} customers, expected value {value}", "{decisions} 次决策，涉及 {customers} 位客户，预期价值 {value}"],
  service: ["The service", "服务状态"], ok: ["good", "正常"], not_ok: ["look", "注意"], blocked_by: ["What rules blocked", "规则阻止情况"], blocked_says: ["Customers with whom a rule blocked at least one action.", "至少有一个动作被该规则阻止的客户数。"], rule: ["Rule", "规则"],
  customers_says: ["{n} customers fit, the most at risk first.", "共 {n} 位客户符合，按风险金额排列。"], search: ["Customer number, or part of it", "客户编号（可输入部分）"], find: ["Search", "查找"], clear: ["Clear", "清除"], no_customer: ["No customer fits.", "没有符合的客户。"], undecided: ["The snapshot has this customer, but nothing was decided yet.", "快照中有此客户，但尚未作出决策。"], blocked_filter: ["Blocked by", "被规则阻止"],
  days: ["Days past due", "逾期天数"], decided_at: ["Decided as of", "决策时点"], earlier: ["Back", "上一页"], later: ["Next", "下一页"], shown: ["{first} to {last} of {total}", "第 {first}–{last} 位，共 {total} 位"],
  as_of: ["as of {at}", "截至{at}"], due_on: ["due {date}", "{date} 到期"], overdue_days: ["{n} days overdue", "已逾期 {n} 天"], due_in: ["due in {n} days", "{n} 天后到期"], due_tomorrow: ["due tomorrow", "明日到期"], overdue_day: ["1 day overdue", "已逾期 1 天"], due_today: ["due today", "今日到期"], nothing_due: ["nothing due", "没有待还分期"],
  why: ["Why this probability", "为何是这个概率"], why_says: ["From what the model expects of anybody to this customer: each reason moves the log-odds up (more risk) or down.", "从模型对一般客户的预期到本客户：每个原因使对数几率上升（风险更高）或下降。"], starts: ["Anybody", "一般客户"], others: ["All other reasons", "其他原因合计"], ends: ["This customer", "本客户"], reason: ["Reason", "原因"], adds: ["Adds to the log-odds", "对数几率变化"], so_far: ["Probability so far", "累计概率"], as_table: ["The same as a table", "以表格查看"], chart_why: ["Waterfall of the default probability: {n} reasons lead from {from} to {to}. The table below has the numbers.", "违约概率瀑布图：{n} 个原因使概率由 {from} 变为 {to}，数字见下表。"], raises: ["raises the risk", "提高风险"], lowers: ["lowers the risk", "降低风险"], not_same: ["Made again today this decision comes out otherwise; see the replay.", "今日重算与当时不同，见“重放”。"],
  recommended: ["What to do", "建议动作"], expected_effect: ["Expected effect", "预期效果"], effect_says: ["change in the probability of payment within 7 days, 95 % interval", "7 天内还款概率的变化（95% 区间）"], send_at: ["When", "发送时间"], customers_clock: ["by the customer's clock", "按客户当地时间"], propensity: ["Chosen with probability", "被选中的概率"], needs_person: ["A person decides first", "须由人工先决定"], not_reminded: ["No reminder is best here.", "此处以不提醒为宜。"],
  message: ["Message", "消息内容"], message_says: ["As it would be sent, in either language; the customer's own is {language}.", "将要发送的内容，可查看两种语言；客户语言为{language}。"], subject: ["Subject", "主题"], sms_length: ["{encoding}, {units} places, {segments} part(s)", "{encoding}，{units} 个字位，{segments} 条"], templates: ["Templates", "模板"], no_message: ["Nothing is sent, so there is no message.", "不发送任何内容，因此没有消息。"], english: ["English", "英文"], chinese: ["Chinese", "中文"],
  alternatives: ["What else could be done", "其他可选动作"], alternatives_says: ["All actions that were allowed, by value less the price of the capacity they take.", "所有允许的动作，按价值减去所占资源的价格排列。"], capacity_price: ["Price of capacity", "资源价格"],
  blocked: ["What was blocked", "被阻止的动作"], blocked_here: ["By which rule, with its source, and until when.", "依据哪条规则、其出处及期限。"], citation: ["Source", "出处"], until: ["Until", "期限"], while_so: ["while things stay so", "情况不变期间"], nothing_blocked: ["Nothing was blocked.", "没有动作被阻止。"],
  stance_card: ["Stance and its evidence", "还款态度及依据"], causes: ["Told in replies", "回复中提到"], plan: ["Repayment plan", "分期还款方案"], plan_none: ["No plan within the longest term fits the income seen.", "在最长期限内没有与所见收入相符的方案。"], for_bank: ["For the bank", "对银行"], for_customer: ["For the customer", "对客户"],
  explanation: ["In words", "文字说明"], ex_risk: ["Why this risk", "为何有此风险"], ex_action: ["Why this action", "为何选此动作"], ex_customer: ["What the customer may be told", "可告知客户的内容"], ex_person: ["How to ask for a person", "如何要求人工处理"],
  weeks: ["The coming weeks", "未来数周"], weeks_says: ["What would be decided if nothing is paid and nobody answers.", "若一直未还款且无回复，将如何决策。"], contacts: ["Past contacts", "历史联系"], contacts_says: ["What had gone out by the decision, the newest first; by the customer's clock.", "决策之前已发出的联系，新的在前；按客户当地时间。"], no_contacts: ["Nothing had gone out.", "此前没有联系。"], more_contacts: ["{n} earlier ones", "更早的 {n} 次"], sent: ["Sent", "发出时间"], how: ["How", "方式"], fate: ["What became of it", "结果"], reply: ["Reply", "回复"],
  delivered: ["delivered", "已送达"], undelivered: ["not delivered", "未送达"], read: ["read", "已读"], spoken: ["spoken to", "有通话"], replied: ["answered", "有回复"], unknown: ["not known yet", "尚不可知"],
  past: ["Decisions", "历次决策"], outcomes: ["Outcomes told", "已回报的结果"], paid: ["paid {amount}", "还款 {amount}"], promise: ["promised", "承诺还款"], show: ["Show", "查看"], shown_now: ["shown", "当前"],
  replay: ["Replay", "重放"], replay_says: ["Makes this decision again from the rows, settings and models of then, and compares every bit.", "以当时的数据、设置与模型重新作出此决策，并逐位比较。"], replay_do: ["Make it again", "重新作出"], replay_same: ["The same, to the bit.", "逐位相同。"], replay_other: ["It differs in {n} places.", "有 {n} 处不同。"], place: ["Place", "位置"], then: ["Then", "当时"], now: ["Now", "现在"],
  versions: ["Made by", "由何作出"], decision_id: ["Decision", "决策编号"], model: ["Model", "模型"], policy: ["Policy", "策略"], rules: ["Rules", "规则"], settings: ["Settings", "设置"],
  review_says: ["Steps that only a person may take. Nothing has been sent.", "仅可由人工采取的措施；系统未发出任何内容。"], of_waiting: ["The {shown} most at risk of {total} are shown.", "显示风险金额最高的 {shown} 项，共 {total} 项。"], waiting: ["Waiting", "待决定"], decided: ["Decided", "已决定"], nothing_waits: ["Nothing waits for a person.", "没有待人工决定的事项。"], nothing_decided: ["Nobody has decided anything yet.", "尚无已决定的事项。"], verdict_reason: ["Reason (it is kept with the verdict)", "理由（与决定一并留存）"], reason_needed: ["Give the reason: 3 characters or more.", "请填写理由（至少 3 个字符）。"], approve: ["Approve", "批准"], decline: ["Decline", "不批准"], approved: ["approved", "已批准"], declined: ["declined", "未批准"], verdict_kept: ["Kept in the journal: {step} {verdict}.", "已记入日志：{step}{verdict}。"], pack: ["Evidence pack", "证据材料"], open_pack: ["Open the evidence pack", "打开证据材料"], open_customer: ["Open the customer", "查看客户"], earlier_verdict: ["An earlier one was {verdict} on {at}: {reason}", "此前一次于{at}{verdict}：{reason}"], by: ["By", "决定人"], when: ["When", "时间"], verdict: ["Verdict", "决定"], step: ["Step", "措施"], cost: ["Cost", "费用"], choose_item: ["Choose an item on the left.", "请在左侧选择一项。"], your_verdict: ["Your verdict", "您的决定"],
  reports_says: ["What the service's folder of reports holds, the newest first.", "服务报告目录中的内容，新的在前。"], no_folder: ["The service was started without a folder of reports; DUEWISE_REPORTS names one.", "服务启动时未指定报告目录；可由 DUEWISE_REPORTS 指定。"], no_reports: ["There are no reports yet.", "尚无报告。"], open: ["Open", "打开"], numbers: ["Numbers (JSON)", "数据（JSON）"], print: ["Print", "打印"], close: ["Close", "关闭"], save_page: ["Save the page", "保存页面"],
  check_model: ["model", "模型"], check_tokens: ["tokens", "令牌"], check_champion: ["champion", "现用模型"], check_journal: ["journal", "日志"], check_snapshot: ["snapshot", "快照"], check_clock: ["clock", "时钟"], check_disk: ["disk", "磁盘"],
  kind_weekly: ["Weekly reports", "周报"], kind_drift: ["Drift", "漂移"], kind_monitor: ["Monitoring", "监测"], kind_evidence: ["Evidence packs", "证据材料"], kind_policy: ["Policy", "策略评估"], kind_review: ["Reviewer's pack", "模型审查材料"], kind_other: ["Others", "其他"],
};

const VALUES = {
  low: ["low", "低"], medium: ["medium", "中"], elevated: ["elevated", "较高"], high: ["high", "高"],
  "not yet": ["not yet", "未临近"], "T-7": ["T−7", "到期前 7 天"], "T-3": ["T−3", "到期前 3 天"], T0: ["due day", "到期日"], overdue: ["overdue", "逾期"], "overdue 8": ["overdue 8+", "逾期 8 天起"], "overdue 30": ["overdue 30+", "逾期 30 天起"],
  reliable: ["reliable", "守约"], careless: ["careless", "偶有疏忽"], struggling: ["struggling", "还款困难"], unsure_how: ["unsure how", "不知如何还款"], new_to_credit: ["new to credit", "新近用信"], chronic: ["chronic", "屡次逾期"], strategic: ["strategic", "有能力而不还"],
  none: ["no reminder", "不提醒"], sms: ["text message", "短信"], push: ["app message", "应用推送"], email: ["email", "邮件"], call: ["call", "电话"], visit: ["field visit", "上门走访"], letter: ["legal letter", "律师函"], reminder: ["reminder", "提醒"],
  gentle: ["gentle", "温和"], standard: ["standard", "常规"], firm: ["firm", "严肃"], guide: ["guide", "还款指引"], plan: ["plan", "分期方案"], basics: ["basics", "信贷常识"], budget: ["budgeting", "预算建议"],
  forgot: ["forgot", "忘记"], short_of_money: ["short of money", "资金紧张"], lost_income: ["lost income", "失去收入"], how_to_pay: ["how to pay", "不知如何还款"], dispute: ["dispute", "有异议"], already_paid: ["says paid", "称已还款"], refuses: ["refuses", "拒绝还款"], wrong_person: ["wrong person", "并非本人"], promise: ["promise", "承诺还款"], opt_out: ["opted out", "要求停止"], complaint: ["complaint", "投诉"], unclear: ["unclear", "含义不明"],
  morning: ["morning", "上午"], afternoon: ["afternoon", "下午"], evening: ["evening", "傍晚"], businesses: ["businesses", "企业客户"], "home loans": ["home loans", "住房贷款"],
  late: ["has been late", "曾逾期"], overdue_now: ["overdue now", "目前逾期"], long_overdue: ["long overdue", "长期逾期"], clean: ["seldom late", "很少逾期"], willing: ["willing", "有意愿"], unwilling: ["unwilling", "意愿不足"], refusing: ["refusing", "拒绝"], earning: ["earning", "有收入"], able: ["able", "有能力"], unable: ["unable", "能力不足"], in_need: ["in need", "有困难"], forgetful: ["forgetful", "易忘"], unsure: ["unsure", "不清楚"], asking_how: ["asks how", "询问方式"], new: ["new", "新客户"],
};

const RULES = {
  ladder: ["stronger than the ladder allows", "超出分级力度上限"], stance: ["does not suit the stance", "与还款态度不符"], offer: ["the offer suits others", "方案不适用"], nothing_due: ["nothing is due", "没有待还分期"], programme: ["not in this programme", "不属于该方案"], plan_first: ["a plan is offered first", "须先提供分期方案"], firm_with: ["milder than it must be", "低于应有力度"],
  no_consent: ["no consent to the channel", "未同意该渠道"], opted_out: ["opted out of the channel", "已要求停止该渠道"], stop_flag: ["a stop flag stands", "有停止催收标记"], signed_plan: ["a plan was signed", "已签分期协议"], quiet_hours: ["quiet hours", "静默时段"], contact_hours: ["contact hours", "联系时段"], unanswered_dials: ["unanswered dials", "未接通次数上限"], conversations_a_day: ["conversations a day", "每日通话上限"], person_on_request: ["a person decides on request", "应要求由人工决定"],
  no_evidence: ["the model has not seen it", "模型未见过此动作"], plan_kept: ["the signed plan is kept", "已签方案正在履行"],
};

export function ruled(name) {
  if (name.startsWith("told_")) return `${t("causes")}: ${value(name.slice(5))}`;
  return RULES[name]?.[place()] ?? name.replaceAll("_", " ");
}

export const state = { get language() { return document.documentElement.lang.startsWith("zh") ? "zh" : "en"; } };

const place = () => (state.language === "zh" ? 1 : 0);

export function t(key, figures = {}) {
  const text = WORDS[key]?.[place()] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => figures[name] ?? "");
}

export function value(name) {
  return VALUES[name]?.[place()] ?? name ?? "–";
}

export function words(both) {
  return both?.[state.language] ?? "";
}

const CHANNELS = ["sms", "push", "email", "call"];

export function action(name) {
  const [channel, intensity, offer] = (name ?? "none").split("_");
  if (!CHANNELS.includes(channel)) return value(name ?? "none");
  const parts = [channel, intensity, offer].filter(Boolean).map(value);
  return state.language === "zh" ? parts.join("·") : `${parts[0]}, ${parts.slice(1).join(", ")}`;
}

const locale = () => (state.language === "zh" ? "zh-CN" : "en-GB");

export const say = {
  count: (n) => new Intl.NumberFormat(locale()).format(n),
  money: (n) => (n === null || n === undefined ? "–" : new Intl.NumberFormat(locale(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(n)),
  whole: (n) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 }).format(n),
  percent: (n, digits = 1) => (n === null || n === undefined ? "–" : new Intl.NumberFormat(locale(), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n)),
  points: (n) => new Intl.NumberFormat(locale(), { style: "percent", signDisplay: "exceptZero", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(n),
  signed: (n) => new Intl.NumberFormat(locale(), { signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(n),
  moment: (iso) => (iso ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso)) : "–"),
  day: (iso) => (iso ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`)) : "–"),
  zoned: (iso, zone) => (iso ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(new Date(iso)) : "–"),
  exact: (iso) => new Intl.DateTimeFormat(locale(), { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(new Date(iso)),
  clock: (iso) => (iso ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(new Date(`${iso.slice(0, 19)}Z`)) : "–"),
  hour: (iso) => new Intl.DateTimeFormat(locale(), { timeStyle: "short", timeZone: "UTC" }).format(new Date(`${iso.slice(0, 19)}Z`)),
};
