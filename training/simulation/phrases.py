"""What customers answer, by cause and language; ``{day}`` is filled with the day they promise.

Invented here, in the tone of short messages and of what a caller notes down; nobody's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "forgot": (
            "不好意思忘了，马上还", "哎呀忙忘了，谢谢提醒", "忘记还款日了，这就去还",
            "这两天太忙，没注意到日子", "一直以为是下周，抱歉", "谢谢提醒，我给记混了",
        ),
        "short_of_money": (
            "最近手头紧，能不能分期", "这个月钱不够，可以先还一部分吗", "工资还没发，能宽限几天吗",
            "孩子交学费，这个月周转不开", "货款没收回来，实在拿不出这么多", "能不能申请延期或者分几期还",
        ),
        "lost_income": (
            "上个月被裁了，现在没有收入", "生病住院了，暂时没法上班", "厂里停工，两个月没发工资了",
            "店关了，还在找工作", "刚做完手术，家里没有进账", "失业了，正在找活干",
        ),
        "unsure_how": (
            "请问在哪里还款？", "APP里找不到还款的地方", "第一次用，不知道怎么还",
            "可以用别的银行卡还吗？怎么操作", "最低还款和全额还款有什么区别", "自动扣款在哪里设置？",
        ),
        "dispute": (
            "这笔金额不对，我没借这么多", "利息算错了吧，请核对", "这不是我消费的，要求查账单",
            "合同上写的不是这个数", "我对这笔费用有异议", "多收了我手续费，先查清楚再说",
        ),
        "already_paid": (
            "我已经还了，请查一下", "昨天就转过去了", "钱已经还上了，怎么还发短信",
            "刚刚已还清", "已经扣款成功了啊", "还过了，有转账记录",
        ),
        "refuses": (
            "不还，爱怎样怎样", "随便你们去告", "没什么好说的，不会还的",
            "等你们起诉吧", "别催了，我不打算还", "利息这么高，凭什么还",
        ),
        "promise": (
            "{day}之前一定还", "{day}发工资就还", "我{day}转过去",
            "请放心，{day}还清", "等到{day}吧，钱到账就还", "{day}晚上我去还",
        ),
        "opt_out": (
            "退订", "TD", "不要再给我发短信了", "请停止联系我", "回T退订", "以后不要再打电话过来",
        ),
        "complaint": (
            "一天打好几次电话，我要投诉", "态度太差了，我会向监管投诉", "你们这是骚扰",
            "为什么打到我单位来？投诉", "催得太频繁了，影响我工作", "再这样我打12378投诉",
        ),
    }
)  # fmt: skip

EN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "forgot": (
            "Sorry, completely forgot. Paying now", "Thanks for the reminder, it slipped my mind",
            "Oops, lost track of the date", "Been so busy I missed it, will do it today",
            "I thought it was due next week, sorry",
        ),
        "short_of_money": (
            "Money is tight this month, can I pay in parts?", "I can't cover all of it now, could I pay some",
            "Salary is late, can you give me a few more days", "School fees took everything, need more time",
            "Is there an instalment plan? I can't pay it at once",
        ),
        "lost_income": (
            "I lost my job last month", "I'm in hospital and not earning at the moment",
            "My contract ended and I have no income now", "The shop had to close, looking for work",
            "Recovering from surgery, no pay until I'm back",
        ),
        "unsure_how": (
            "How do I pay this?", "I can't find where to pay in the app",
            "Can I pay from another bank's card?", "What is the difference between minimum and full payment?",
            "First time using this, please tell me the steps",
        ),
        "dispute": (
            "This amount is wrong, please check", "I did not make this purchase",
            "The interest does not match my contract", "I was charged a fee I never agreed to",
            "I dispute this bill",
        ),
        "already_paid": (
            "I already paid this", "Paid yesterday, please check your records",
            "It has been transferred already", "The money left my account this morning", "Just paid",
        ),
        "refuses": (
            "I'm not going to pay", "Do what you want", "Take me to court then",
            "Stop asking, you won't get it from me", "I won't pay interest like that",
        ),
        "promise": (
            "I will pay on {day}", "I get paid on {day}, will settle then", "Please wait until {day}",
            "You will have it by {day}", "Transferring on {day}, promise",
        ),
        "opt_out": (
            "STOP", "Unsubscribe", "Please don't text me again", "Take me off this list",
            "Do not contact me here",
        ),
        "complaint": (
            "This is harassment, I will complain", "You call far too often, I want to file a complaint",
            "Your agent was rude to me", "Why did you call my office? I will report this",
            "Too many messages, I'm going to the regulator",
        ),
    }
)  # fmt: skip
