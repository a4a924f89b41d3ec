"""How customers ask for a person instead of a machine, and what sounds like it."""

from __future__ import annotations

import pytest

from serving.feedback.reader import ReplyReader
from serving.feedback.settings import read_feedback

ASKS = (
    "转人工", "轉人工", "转 人 工", "转人工！！", "请帮我转人工客服", "麻烦转接人工", "我要人工", "我要找人工客服", "人工", "人工客服", "人工服务", "ＲＥＰ",
    "找真人", "我想跟真人说话", "能不能换个真人跟我讲", "不要机器人，我要人工", "不想和機器人講", "有没有人工", "請轉客服", "搵真人傾", "我要同真人講", "需要人工审核我的情况",
    "这个决定请人工复核", "派人联系我", "别再自动回复了，找个活人来", "手头紧，转人工谈谈分期", "不用短信，转人工",
    "I want to speak to a person", "real person please", "REAL PERSON PLEASE!!", "can I talk to a human?", "human", "Human please", "agent",
    "Representative", "operator", "let me talk to someone", "could I speak with somebody about this", "put me through to someone",
    "transfer me to an agent", "get me a human", "I don't want to talk to a bot", "I don't want to talk to a machine, get me a person",
    "is there a live agent", "I'm tired of talking to a robot", "I need a human, not a robot", "pls have someone call me", "can someone call me?",
    "speak  to - a   person", "cust wants to speak to supervisor", "lost my job, want to speak to a real person", "i'd like human review of this",
    "connect me to a real person", "talk to a rep", "我要跟人说话", "我要和人工沟通", "怎样才能接通人工", "让你们领导来", "拒绝自动化决策", "我想跟工作人员沟通",
    "i wanna talk 2 a human", "is there someone I can talk to", "I object to an automated decision", "want to talk w/ a person",
    "I'd prefer to deal with a person", "let a person decide", "talk to real people", "need an agent", "i need to speak to a loan officer",
)  # fmt: skip

DOES_NOT_ASK = (
    "不用转人工", "不需要人工，我自己还", "别转人工了", "已经转人工处理好了", "是人工吗", "你是真人吗", "你是机器人吗", "人工智能公司裁员了", "我在找人工作", "老板欠我人工费",
    "等出人工先還", "工地要人工资才能发", "客服骂我", "客服电话是多少", "客服永远占线", "我昨天找过客服了", "客服态度差", "不用找客服", "别派人联系我", "不要让人联系我",
    "are you a real person", "am I talking to a bot?", "is this a real person", "I'm not a robot", "I am a real person with real problems",
    "I need to talk to my wife first", "talk tomorrow", "your agent was rude", "cust yelled at agent re repeated calls", "I spoke to a real person yesterday",
    "you're looking for someone else", "you want to talk to someone else", "number belongs to someone else", "can someone else pay for me",
    "someone stole my card", "talk to my lawyer", "I don't need to speak to anyone", "no need to talk to someone", "I don't want to talk to a person",
    "don't have someone call me", "humanitarian leave", "personal reasons", "agents keep calling", "I represent myself", "ok", "",
    "我是人工智能训练师", "人工授精花光了", "我把手机转给客服了", "没有人工作了", "I need a person to co-sign", "spoke with a manager", "I work as an agent",
    "I'm a person too", "my manager hasn't paid me", "give me a personal loan", "not a robotics company", "put me through to voicemail",
)  # fmt: skip


@pytest.mark.parametrize("text", ASKS)
def test_who_asks_for_a_person_is_heard(reader: ReplyReader, text: str) -> None:
    assert reader.asks_for_person(text)


@pytest.mark.parametrize("text", DOES_NOT_ASK)
def test_who_does_not_ask_for_a_person_is_not_sent_to_one(reader: ReplyReader, text: str) -> None:
    assert not reader.asks_for_person(text)


def test_every_listed_phrase_is_found() -> None:
    person = read_feedback().person
    assert [phrase for phrase in (*person.anywhere, *person.alone) if not person.found(phrase)] == []
