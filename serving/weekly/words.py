"""The words of the weekly report, Chinese and English; what stands in braces is a number or a name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

type Pair = tuple[str, str]
"""Chinese, then English."""

WORDS: Mapping[str, Pair] = MappingProxyType(
    {
        "title": ("逾期管理周报", "Weekly report on arrears"),
        "span": ("{since}至{until}", "{since} to {until}"),
        "other": ("English", "中文"),
        "unknown": ("无数据", "no figures"),
        "none": ("无", "none"),
        "no_plan": ("未设", "none set"),
        # the verdict
        "better": ("好转", "Better"),
        "worse": ("恶化", "Worse"),
        "as before": ("与上周持平", "As before"),
        "arrears_now": ("{rate}的贷款有逾期", "{rate} of loans are in arrears"),
        "cures_now": ("本周治愈率为{rate}", "{rate} of the loans in arrears were cured"),
        "than_last": ("，{change}", ", {change}"),
        "than_plan": ("，{change}", " and {change}"),
        "up_last": ("比上周高{size}个百分点", "{size} points more than last week"),
        "down_last": ("比上周低{size}个百分点", "{size} points less than last week"),
        "even_last": ("与上周相同", "the same as last week"),
        "up_plan": ("比计划高{size}个百分点", "{size} points above plan"),
        "down_plan": ("比计划低{size}个百分点", "{size} points below plan"),
        "even_plan": ("与计划一致", "on plan"),
        "stop": ("。", "."),
        "no_week": (
            "本周没有可比的数据：期末没有未结清的贷款，或没有任何逾期。",
            "There is nothing to compare: no loan was open, or none was in arrears, this week.",
        ),
        "why_head": ("原因", "Why"),
        "why_fell": (
            "新增逾期{fell}笔（上周{fell_last}笔），治愈{cured}笔（上周{cured_last}笔）：变化主要在新增逾期",
            "{fell} loans fell into arrears ({fell_last} the week before) and {cured} were cured ({cured_last}): "
            "what changed most is how many fell",
        ),
        "why_cured": (
            "治愈{cured}笔（上周{cured_last}笔），新增逾期{fell}笔（上周{fell_last}笔）：变化主要在治愈",
            "{cured} loans were cured ({cured_last} the week before) and {fell} fell into arrears ({fell_last}): "
            "what changed most is how many were cured",
        ),
        "why_balance": (
            "治愈{cured}笔，新增逾期{fell}笔：两者之差属于偶然波动的范围",
            "{cured} loans were cured and {fell} fell into arrears: a difference such as chance makes",
        ),
        "why_both": (
            "治愈{cured}笔，新增逾期{fell}笔：两者之差超出偶然波动的范围",
            "{cured} loans were cured and {fell} fell into arrears: more than chance makes",
        ),
        "why_nothing": ("无从判断。", "There is nothing to tell it from."),
        "mostly": ("；变化最大的是{groups}", "; most of all {groups}"),
        "driver": ("{group}（{change}笔）", "{group} ({change} loans)"),
        "do_head": ("下一步", "What to do"),
        "do_remind earlier": (
            "{about}：提前提醒，在到期前三天发出第一条消息，并核对还款日与发薪日。",
            "{about}: remind earlier, with a first message three days before the due date, and look at due dates "
            "against payday.",
        ),
        "do_work arrears": (
            "{about}：集中处理存量逾期，先给手头紧的客户提供还款方案，再安排电话。",
            "{about}: work the arrears there are, offering plans to those short of money first, then calling.",
        ),
        "do_close the gap": (
            "逾期率仍高于计划：{about}的逾期笔数最多，应先从这里着手，并重新审视计划是否可行。",
            "Arrears are still above plan: start with {about}, where most of them are, and ask whether the plan can "
            "be met.",
        ),
        "do_keep": ("保持现行做法，下周再看。", "Carry on as now, and look again next week."),
        "do_no figures": (
            "先核实供数：账簿或决策日志没有本周的数据。",
            "See first that the book and the journal arrive: there is nothing of this week in them.",
        ),
        "do_alarm": ("警报：{name}。{to_do}。", "Alarm: {name}; {to_do}."),
        "do_calls": (
            "每天多打{more}个电话：预计每天多带来{brings}。",
            "Make {more} more calls a day: they should bring {brings} more a day.",
        ),
        "do_cause": ("{share}的回复说“{name}”：{lesson}", "{share} of replies say “{name}”: {lesson}"),
        "anyone": ("全部贷款", "all loans"),
        # the three numbers
        "arrears_rate": ("逾期率", "Loans in arrears"),
        "cure_rate": ("治愈率", "Cured in the week"),
        "recovered": ("收回的逾期款", "Arrears recovered"),
        "arrears_rate_is": (
            "期末有逾期款的贷款占未结清贷款的比例。",
            "Loans with anything overdue at the week's end, of all open loans.",
        ),
        "cure_rate_is": (
            "期初有逾期的贷款中，本周还清期初全部逾期款的比例。",
            "Loans in arrears at the week's beginning that have paid all that was overdue then, of these.",
        ),
        "recovered_is": ("期初逾期款中本周收到的金额。", "Paid in the week of what was overdue at its beginning."),
        "last_week": ("上周", "Last week"),
        "plan": ("计划", "Plan"),
        "points": ("{size}个百分点", "{size} points"),
        "source": ("来源：{path}", "Source: {path}"),
        # sections
        "s_weeks": ("近{weeks}周走势", "The last {weeks} weeks"),
        "chart_arrears": ("逾期率（虚线为计划）", "Loans in arrears (dashed: plan)"),
        "chart_cure": ("治愈率（虚线为计划）", "Cured in the week (dashed: plan)"),
        "chart_flows": ("每周新增逾期与治愈（笔）", "Loans that fell into arrears and were cured, a week"),
        "fell": ("新增逾期", "fell into arrears"),
        "cured": ("治愈", "cured"),
        "flows_is": (
            "期末逾期笔数＝期初逾期笔数－治愈＋新增逾期。还款日集中在月内几天，单周起伏须结合走势看。",
            "Loans in arrears at the end are those at the beginning, less the cured, and those that fell. Due dates "
            "cluster within a month, so read a week against the line.",
        ),
        "s_groups": ("逾期与治愈：按风险等级、产品、渠道", "Arrears and cures by tier, product and channel"),
        "by_all": ("合计", "All loans"),
        "by_tier": ("风险等级", "Tier"),
        "by_product": ("产品", "Product"),
        "by_channel": ("渠道", "Channel"),
        "h_loans": ("贷款", "Loans"),
        "h_overdue": ("逾期", "In arrears"),
        "h_rate": ("逾期率", "Share"),
        "h_change": ("较上周", "vs last"),
        "h_plan": ("计划", "Plan"),
        "h_cure": ("治愈率", "Cured"),
        "h_money": ("逾期金额", "Overdue"),
        "groups_is": (
            "风险等级取客户在本周之前最后一次决策的等级；渠道取本周对客户决策的最后一次提醒。越难催回的客户越会接到电话，故各渠道之间不宜直接比较优劣，效果见下一节。变化以百分点计，超出偶然波动的才着色；"
            "未达到的计划为红色。",
            "Tier: of the customer's last decision before the week; channel: of the last reminder decided in it. "
            "Harder customers get stronger channels, so these rows do not compare channels; the next section does. "
            "Changes in percentage points, coloured where chance makes as much less often; a plan not kept is red.",
        ),
        "s_added": ("与银行原有阶梯相比带来的价值", "Value added against the bank's ladder"),
        "added_is": (
            "每{per}次决策比原有阶梯（到期前发短信，逾期后按风险等级决定力度）多带来的净值：收回的钱乘以回收权重，减去成本与打扰。区间为95%。",
            "What {per} decisions brought above the bank's ladder (texts until the due date, then the intensity by "
            "tier): money recovered times the recovery weight, less cost and annoyance. Interval: 95 %.",
        ),
        "added_dr": (
            "按决策日志双重稳健估计，{decisions}次决策；原有阶梯的动作有{overlap}见于日志，其余依赖响应模型。",
            "By a doubly robust estimate from the journal, over {decisions} decisions; the journal shows {overlap} "
            "of what the ladder does, and the rest leans on the response model.",
        ),
        "added_dm": (
            "仅按响应模型估算，{decisions}次决策：原有阶梯的动作只有{overlap}见于日志，无法直接衡量；区间未包含模型本身的误差，请谨慎引用。",
            "By the response model alone, over {decisions} decisions: the journal shows only {overlap} of what the "
            "ladder does, too little to measure it. The interval knows nothing of the model's own errors: quote it "
            "with care.",
        ),
        "added_none": (
            "无法估计：窗口内没有七天已满的决策，或没有在用的响应模型。",
            "Not known: no decision's seven days have ended in the window, or no response model is in service.",
        ),
        "added_says": ("每{per}次决策{value}（{low}至{high}）", "{value} for {per} decisions ({low} to {high})"),
        "s_calls": ("产能：用了多少，再多十个电话会怎样", "Capacity used, and what more calls would bring"),
        "h_channel": ("渠道", "Channel"),
        "h_this": ("本周", "This week"),
        "h_last": ("上周", "Last week"),
        "decided": ("决策", "decisions"),
        "calls_a_day": ("本周平均每天决定{a_day}个电话。", "On average {a_day} calls a day were decided."),
        "calls_used": ("每天的上限为{limit}个，用去{used}。", "A day holds {limit}; {used} of it was used."),
        "calls_free": (
            "电话数没有上限（configs/policy.yaml），值得打的电话都已打出，再多{more}个不会带来更多。"
            "如坐席有限，请在 configs/weekly.yaml 写明 calls_a_day。",
            "Nothing bounds calls (configs/policy.yaml): every call worth making is made, and {more} more a day "
            "would bring nothing. If the desk is smaller, say so in calls_a_day of configs/weekly.yaml.",
        ),
        "calls_more": (
            "报告当日若每天多{more}个电话，当日计划的价值预计增加{brings}（再多一个电话值{price}）。",
            "With {more} more calls a day, the plan of the report's day would be worth {brings} more (one more call: "
            "{price}).",
        ),
        "calls_enough": (
            "报告当日若每天多{more}个电话，不会带来更多：计划已用的{planned}个之外，没有值得打的电话。",
            "{more} more calls a day would bring nothing on the report's day: beyond the {planned} planned, none is "
            "worth its cost.",
        ),
        "calls_refused": ("当日计划无法满足其他约束。", "The day's plan cannot keep the other bounds."),
        "calls_is": (
            "按报告时刻全部客户的分配方案（线性规划的上界）比较有无这些电话的差额，未计探索。",
            "The difference of two allocations of the whole book at the report's moment (upper bounds of the linear "
            "programme), before exploration.",
        ),
        "s_heard": ("客户说了什么，从中学到什么", "What customers said, and the lessons"),
        "heard_lead": (
            "本周{replies}条回复（上周{replies_last}条）。",
            "{replies} replies this week ({replies_last} the week before).",
        ),
        "heard_none": ("本周没有回复。", "No replies this week."),
        "h_cause": ("原因", "Cause"),
        "h_share": ("占回复", "Of replies"),
        "h_lesson": ("应对", "Lesson"),
        "heard_is": (
            "由回复阅读模型归类；一条回复可有两个原因。回复计入提醒发出的那一周，发出一天后才可知。",
            "Causes as the reply reader tells them; a reply may tell two. A reply counts in the week its reminder "
            "went out, and is known a day after.",
        ),
        "s_rules": ("合规与公平", "Rules and fairness"),
        "rules_lead": (
            "窗口为{since}至{until}，{decisions}次决策；其间{asked}次人工请求。",
            "Over {since} to {until}: {decisions} decisions, {asked} requests for a person.",
        ),
        "h_rule": ("规则拦截（客户数）", "Blocked by rule (customers)"),
        "h_before": ("前一窗口", "The window before"),
        "h_now": ("窗口内", "In the window"),
        "rules_is": (
            "规则先于模型：被拦截的动作不会发出。数字为该规则至少拦截了一个动作的客户数，每位客户抽取窗口内的一次决策。",
            "Rules come before models: what is blocked is not sent. Customers for whom the rule blocked at least one "
            "action, by one decision of each drawn by lot.",
        ),
        "h_group": ("客群", "Group"),
        "h_treated": ("对待", "Treatment"),
        "h_share2": ("占比", "Share"),
        "h_customers": ("客户", "Customers"),
        "h_gap": ("与他人之差", "Against others"),
        "fair_yes": ("有{count}项差距超出偶然：", "{count} gaps are larger than chance makes:"),
        "fair_no": (
            "没有超出偶然的差距；最大的几项如下。",
            "No gap is larger than chance makes; the largest are these.",
        ),
        "fair_none": ("客户太少，无法比较客群。", "Too few customers to compare groups."),
        "fair_is": (
            "各客群受到的对待，与同风险等级、同阶段的其他客户相比（Mantel-Haenszel加权）；差距以百分点计。性别、年龄、地区只用于此项审计，不进入模型。",
            "How a group was treated beside the other customers of the same tier and stage, weighted as Mantel and "
            "Haenszel do, in points. Gender, age and region serve this audit alone and enter no model.",
        ),
        "h_voice": ("客户反应", "What customers answered"),
        "opt_outs": ("退订", "opt-outs"),
        "complaints": ("投诉", "complaints"),
        "voice_of": ("{reminders}次提醒中{said}条", "{said} of {reminders} reminders"),
        "alarms_head": ("监测发现", "Raised by monitoring"),
        "alarm": ("警报", "alarm"),
        "warning": ("提示", "warning"),
        "s_cases": ("三个案例", "Three cases"),
        "cases_none": ("没有七天已满的决策可供说明。", "There is no decision whose seven days have ended."),
        "case_brought back": ("提醒后还清", "Brought back"),
        "case_met half way": ("先给方案，再谈催收", "Met half way"),
        "case_not brought back": ("提醒后未还", "Not brought back"),
        "case_who": (
            "客户{letter}，风险等级“{tier}”，{product}，{bucket}，约{amount}未还。",
            "Customer {letter}, tier {tier}: a {product}, {bucket}, with about {amount} open.",
        ),
        "case_why": ("风险主要来自：{reasons}。", "What raised the risk most: {reasons}."),
        "case_stance": ("对客户的判断：{stance}。", "The customer is seen as {stance}."),
        "case_did": (
            "Duewise选择：{action}，预计使7天内还款的概率变化{effect}个百分点。",
            "Duewise chose {action}, expected to change the chance of payment within 7 days by {effect} points.",
        ),
        "case_human": ("并交由人工决定。", "A person was asked to decide."),
        "case_paid": ("{days}天后还清。", "It was paid in full {days} days later."),
        "case_unpaid": ("至报告时尚未还清。", "It was not paid in full by the time of the report."),
        "cases_is": (
            "每类取居中的一例，七天均已届满；不含姓名、编号与日期，金额取两位有效数字。",
            "The middle one of each kind, their seven days having ended; no name, number or date, amounts to two "
            "digits.",
        ),
        "and": ("；", "; "),
        "foot": (
            "模型{model}。同名JSON文件含本页全部数字；其中各周与监测报告 monitoring.json 的 weeks 相同。计划与文字见 "
            "configs/weekly.yaml。本页不含任何客户个人信息，不联网。",
            "Model {model}. The JSON file of the same name holds every number of this page; its weeks are those of "
            "monitoring.json. Plan and lessons are set in configs/weekly.yaml. The page holds nothing personal and "
            "fetches nothing.",
        ),
    }
)

NAMES: Mapping[str, Pair] = MappingProxyType(
    {
        "not decided": ("此前未决策", "not decided before"),
        "no reminder": ("未提醒", "no reminder"),
        "current": ("尚未逾期", "not yet overdue"),
        "1-29": ("逾期不足30天", "less than 30 days overdue"),
        "30-59": ("逾期30至59天", "30 to 59 days overdue"),
        "60-89": ("逾期60至89天", "60 to 89 days overdue"),
        "90 and over": ("逾期90天以上", "90 days overdue or more"),
        "gender": ("性别", "gender"),
        "age_band": ("年龄", "age"),
        "region": ("地区", "region"),
        "female": ("女", "female"),
        "male": ("男", "male"),
        "not known": ("未知", "not known"),
        "under 25": ("25岁以下", "under 25"),
        "25-34": ("25至34岁", "25 to 34"),
        "35-44": ("35至44岁", "35 to 44"),
        "45-54": ("45至54岁", "45 to 54"),
        "55-64": ("55至64岁", "55 to 64"),
        "65 and over": ("65岁及以上", "65 and over"),
        "reminded": ("被提醒", "reminded"),
        "called": ("接到电话", "called"),
        "firm": ("语气严肃", "met firmly"),
        "offered a plan": ("获还款方案", "offered a plan"),
        "put to a person": ("转人工", "put to a person"),
        "forgot": ("忘记了", "forgot"),
        "short_of_money": ("手头紧", "short of money"),
        "lost_income": ("失去收入或患病", "lost income or ill"),
        "how_to_pay": ("不知道怎么还", "does not know how to pay"),
        "dispute": ("有异议", "disputes it"),
        "already_paid": ("已经还了", "has paid already"),
        "refuses": ("拒绝还款", "refuses"),
        "wrong_person": ("找错人", "wrong person"),
        "promise": ("承诺还款", "promises to pay"),
        "opt_out": ("要求停止联系", "asks to be left alone"),
        "complaint": ("投诉", "complains"),
        "unclear": ("不明", "unclear"),
    }
)
"""What groups, treatments, causes and buckets are called."""
