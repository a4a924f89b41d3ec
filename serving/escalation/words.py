"""The words of the page of evidence, Chinese and English: headings, what values are called, gaps as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

type Pair = tuple[str, str]
"""Chinese, then English."""

TITLE: Pair = ("逾期贷款证据材料", "Evidence on an overdue loan")
LEAD: Pair = (
    "供人工审阅。是否上门走访或发送律师函须由人工决定，系统未发送任何内容。本材料含个人信息，请按规定保管。",
    "For review by a person, who decides on a field visit or a legal letter; nothing has been sent. "
    "Holds personal data: keep it as such.",
)
NOTHING: Pair = ("无", "none")
NOT_KNOWN: Pair = ("未知", "not known")
NOT_YET: Pair = ("尚不可知", "not known yet")
TO_COME: Pair = (
    "此外，{first}至{last}间另有{count}期尚未到期，共{amount}；逐期见 JSON 文件。",
    "{count} more instalments fall due from {first} to {last}, {amount} in all; the JSON file lists each.",
)
FOOT: Pair = (
    "同名 JSON 文件含本页全部数据。其规范形式（键排序、无空格、UTF-8）的 SHA-256 即上列校验码，"
    "一致则两者出自同一份材料。",
    "The JSON file of the same name holds all of this page. SHA-256 of its canonical form (keys sorted, no spaces, "
    "UTF-8) is the digest above: where they agree, page and file belong together.",
)

SECTIONS: Mapping[str, Pair] = MappingProxyType(
    {
        "gaps": ("审阅须知：缺漏与反对理由", "What is missing, and what speaks against a step"),
        "decision": ("本次建议", "The recommendation"),
        "sums": ("欠款汇总", "What is owed"),
        "contract": ("合同", "The contract"),
        "schedule": ("还款计划与履行", "Schedule and what was paid"),
        "payments": ("收款记录", "Payments received"),
        "contacts": ("联系记录", "Contacts"),
        "promises": ("客户的还款承诺", "Promises to pay"),
        "notices": ("最早逾期日之后的书面提醒", "Written reminders since the oldest unpaid due date"),
        "breaches": ("不符合联系规则的联系", "Contacts that broke a contact rule"),
        "verdict": ("审阅结论", "The reviewer's decision"),
    }
)

NOTES: Mapping[str, Pair] = MappingProxyType(
    {
        "sums": (
            "逾期天数按客户所在时区计算。本金与利息仅在合同条款可确定时列出；部分还款先抵利息。",
            "Days count by the customer's calendar. Principal and interest are told only where the contract's terms "
            "divide them; a part payment counts as interest first.",
        ),
        "contacts": (
            "仅列关于本贷款的联系，时间为客户当地时间。发送满一天后才知其结果。含义由系统从回复中读出，以原文为准。",
            "Contacts about this loan, by the customer's local time. What became of one is known a day after. The "
            "meaning of a reply is read by machine; its own words count.",
        ),
        "promises": (
            "应付：承诺的金额，未说明则为当期未还金额。实收：自该次联系至期限日就本贷款收到的款项。",
            "Required: the amount promised, else what was open of the instalment. Received: what arrived for the loan "
            "from that contact until the day judged.",
        ),
        "notices": (
            "“须载明”为规则要求该条信息载明的事项；记录不含信息原文，是否载明须另行核对。",
            "Must carry: the rules by which the message had to say something. The log holds no texts, so whether it "
            "did is to be checked elsewhere.",
        ),
        "breaches": (
            "仅能判断有日期可查的规则；停止催收标记与特别关照标记未纳入。",
            "Judged as far as the book dates it; stop flags and marks of particular care are not.",
        ),
    }
)

HEADINGS: Mapping[str, Pair] = MappingProxyType(
    {
        "customer_id": ("客户", "Customer"),
        "loan_id": ("贷款", "Loan"),
        "as_of": ("截至", "As known at"),
        "zone": ("时区", "Time zone"),
        "other_late": ("其他逾期贷款", "Other loans overdue"),
        "marks": ("客户标记", "Marks"),
        "held": ("现行回复事由", "Told in replies, holds now"),
        "versions": ("版本", "Versions"),
        "digest": ("校验码（SHA-256）", "Digest (SHA-256)"),
        "overdue_open": ("逾期未还", "Overdue"),
        "to_come_open": ("尚未到期", "Still to come"),
        "total_open": ("未还合计", "Open in all"),
        "principal_open": ("其中本金", "of it principal"),
        "interest_open": ("其中利息", "of it interest"),
        "instalments_overdue": ("逾期期数", "Instalments overdue"),
        "oldest_days_past_due": ("最长逾期天数", "Oldest, days past due"),
        "product": ("产品", "Product"),
        "account_masked": ("账号", "Account"),
        "opened_on": ("起始日", "Opened on"),
        "principal": ("贷款本金（或额度）", "Principal (or limit)"),
        "annual_rate": ("年利率", "Annual rate"),
        "term_months": ("期限（月）", "Term (months)"),
        "instalment_no": ("期次", "No."),
        "due_date": ("到期日", "Due date"),
        "amount_due": ("应还", "Due"),
        "paid": ("已还", "Paid"),
        "open": ("未还", "Open"),
        "settled_on": ("结清日", "Settled on"),
        "days_late": ("逾期天数", "Days late"),
        "status": ("状态", "Status"),
        "paid_at": ("到账时间", "Arrived"),
        "amount": ("金额", "Amount"),
        "sent_at": ("时间", "Sent"),
        "reminder_id": ("编号", "Id"),
        "channel": ("渠道与强度", "How"),
        "recipient": ("对象", "To"),
        "fate": ("结果", "Outcome"),
        "reply_text": ("回复原文与含义", "Reply and its meaning"),
        "told_on": ("承诺日", "Told on"),
        "promised_on": ("所承诺日期", "For the day"),
        "promised_amount": ("所承诺金额", "Amount named"),
        "by": ("期限日", "Judged on"),
        "required": ("应付", "Required"),
        "received": ("实收", "Received"),
        "outcome": ("结果", "Outcome"),
        "delivered": ("送达", "Delivered"),
        "read": ("已读", "Read"),
        "must_carry": ("须载明", "Must carry"),
        "rule_id": ("规则", "Rule"),
        "found": ("实际", "Found"),
        "allowed": ("允许", "Allowed"),
        "citation": ("依据", "Source"),
        "step": ("建议", "Step"),
        "escalation": ("建议", "Step"),
        "why": ("理由", "Rests on"),
        "tier": ("风险档", "Tier"),
        "stance": ("还款态度", "Stance"),
        "default_probability": ("违约概率", "Default probability"),
        "decision_id": ("决策编号", "Decision"),
        "days_past_due": ("逾期天数", "Days past due"),
        "action": ("提醒方式", "Reminder"),
        "model_version": ("模型版本", "Model version"),
        "policy_version": ("策略版本", "Policy version"),
        "rules_version": ("规则版本", "Rules version"),
    }
)

VALUES: Mapping[str, Pair] = MappingProxyType(
    {
        "sms": ("短信", "text message"), "push": ("应用推送", "app message"), "email": ("邮件", "email"),
        "call": ("电话", "call"), "visit": ("上门走访", "field visit"), "letter": ("律师函", "legal letter"),
        "gentle": ("温和", "gentle"), "standard": ("标准", "standard"), "firm": ("强", "firm"),
        "plan": ("分期方案", "plan"), "guide": ("还款指引", "guide"), "basics": ("信贷常识", "basics"),
        "budget": ("预算建议", "budget"),
        "customer": ("本人", "customer"), "co_borrower": ("共同借款人", "co-borrower"),
        "guarantor": ("担保人", "guarantor"), "third_party": ("第三方", "third party"),
        "credit_card": ("信用卡", "credit card"), "consumer": ("消费贷款", "consumer loan"),
        "mortgage": ("住房贷款", "mortgage"), "auto": ("汽车贷款", "car loan"),
        "business": ("经营贷款", "business loan"),
        "paid": ("按期结清", "paid in time"), "paid_late": ("逾期后结清", "paid late"), "overdue": ("逾期", "overdue"),
        "partly_paid": ("部分还款，逾期", "overdue, part paid"), "to_come": ("未到期", "to come"),
        "kept": ("已履行", "kept"), "broken": ("未履行", "broken"), "open": ("未到期限", "still open"),
        "delivered": ("送达", "delivered"), "not_delivered": ("未送达", "not delivered"), "read": ("已读", "read"),
        "conversation": ("有对话", "spoken to"), "no_conversation": ("无人接听", "nobody spoken to"),
        "replied": ("有回复", "answered"),
        "forgot": ("忘记", "forgot"), "short_of_money": ("资金紧张", "short of money"),
        "lost_income": ("失去收入", "lost income"), "how_to_pay": ("不知如何还款", "how to pay"),
        "dispute": ("有异议", "dispute"), "already_paid": ("称已还款", "says paid"), "refuses": ("拒绝还款", "refuses"),
        "wrong_person": ("并非本人", "wrong person"), "promise": ("承诺还款", "promise"),
        "opt_out": ("要求停止该渠道", "opt-out of the channel"), "complaint": ("投诉", "complaint"),
        "unclear": ("含义不明", "unclear"),
        "hardship": ("困难", "hardship"), "plan_signed": ("已签分期协议", "plan signed"),
        "deceased": ("身故", "deceased"), "bankruptcy": ("破产", "bankruptcy"), "legal": ("司法程序", "legal"),
        "vulnerable": ("需特别关照", "vulnerable"),
        "reliable": ("守约", "reliable"), "careless": ("偶有疏忽", "careless"),
        "struggling": ("还款困难", "struggling"), "new_to_credit": ("新近用信", "new to credit"),
        "chronic": ("屡次逾期", "chronic"), "strategic": ("有能力而不还", "strategic"),
        "law": ("法律法规", "law"), "guideline": ("行业指引", "guideline"), "bank": ("本行规定", "bank's own"),
        "true": ("是", "yes"), "false": ("否", "no"),
    }
)  # fmt: skip

GAPS: Mapping[str, Pair] = MappingProxyType(
    {
        "nothing_overdue": ("截至本材料时点，本贷款无逾期款项。", "Nothing of this loan is overdue at this moment."),
        "stop_flag": (
            "客户有停止催收标记：{flag}。不应采取任何措施。",
            "A stop flag stands with the customer: {flag}. No step may be taken.",
        ),
        "vulnerable": (
            "客户标记为需特别关照，不应上门或发函。",
            "The customer is known to need particular care: no visit, no letter.",
        ),
        "cause_holds": (
            "客户回复表示“{cause}”，且尚未由人工核销。",
            "A reply tells of “{cause}”, and nobody has cleared it.",
        ),
        "person_asked": ("客户于{day}要求由人工作出决定。", "The customer asked on {day} that a person decide."),
        "no_written_notice": (
            "近{days}天内没有已送达的书面提醒。",
            "No written reminder was delivered in the last {days} days.",
        ),
        "told_unable": (
            "客户在最早逾期日之后曾回复表示无力还款（最近一次联系于{day}），现已逾系统计算期限。",
            "Since the oldest unpaid due date the customer told of being unable to pay, last in reply to the contact "
            "of {day}; it no longer counts by itself.",
        ),
        "no_conversation": (
            "最早逾期日以来未与客户通过话。",
            "Nobody has spoken to the customer since the oldest unpaid due date.",
        ),
        "reply_unanswered": (
            "客户对 {reminder} 的回复之后，记录中没有任何答复。",
            "The log shows no answer to the customer's reply to {reminder}.",
        ),
        "third_party": (
            "有{count}次联系的对象并非客户、共同借款人或担保人。",
            "Contacts to somebody other than customer, co-borrower or guarantor: {count}.",
        ),
        "fate_unknown": (
            "有{count}次联系的结果在该时点尚不可知。",
            "Contacts of which it is not known yet what became: {count}.",
        ),
        "no_rules": ("未按任何联系规则核对联系记录。", "The contacts were not held against any contact rules."),
        "breaches": (
            "有{count}次联系不符合联系规则，见后表。",
            "Contacts that broke a contact rule: {count}; see the table.",
        ),
        "texts_not_kept": (
            "记录不含提醒原文；书面通知的内容须另行调取。",
            "The log holds no texts: what the reminders said must be taken from where messages are kept.",
        ),
        "account_unknown": ("账号未知。", "The account is not known."),
        "zone_unknown": (
            "客户所在时区未知；时间与天数按 UTC 计。",
            "The customer's time zone is not known: times and days are UTC's.",
        ),
        "schedule_not_whole": (
            "还款计划不完整或合同无期限；“未还合计”仅含所列各期。",
            "The schedule is not whole, or the contract has no term: “open in all” is of the instalments listed.",
        ),
        "division_unknown": (
            "现有数据无法区分本金与利息；须附账务系统的本息明细。",
            "Principal and interest cannot be told apart by the book: add the statement of the loan system.",
        ),
    }
)

VERDICT: tuple[Pair, ...] = (
    ("上门走访", "Field visit"),
    ("发送律师函", "Legal letter"),
    ("均不采取", "Neither"),
    ("退回补充材料", "Returned for more evidence"),
)
SIGNED: tuple[Pair, ...] = (
    ("理由", "Reasons"),
    ("审阅人及岗位", "Reviewer and role"),
    ("日期", "Date"),
    ("签字", "Signature"),
)
