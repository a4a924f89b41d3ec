"""A reply as it is read: one form for all spellings of the same characters.

Full-width letters, traditional characters, letters spelled apart and stray spaces say nothing of a cause; two
replies that differ in these alone have the same plain form.
"""

from __future__ import annotations

import re
import unicodedata

_TRADITIONAL = (
    "還錢錯號單碼幾個們這時間後過說話請問電訊傳簡發訂繳費對帳賬認識沒無為麼會來現轉實給貸銀戶頭緊週開關閉業醫藥車禍傷殘離職員資計數據額書約簽蓋協議罰違騷擾態惡報舉監機構辦証證險從遲寬緩減點邊嗎係聽記憶憂慮"
    "應該將買賣東門見觀親愛媽爺兒孫爾歲歡樂長張陳劉趙楊黃吳馬羅鄭謝馮鄧許韓蕭蔣盧賴鍾譚陸範顧龍萬與讓誰課講讀學覺檢樣進運動選適遠連達衝術衛視覽訪設試詳誤論調談諒諾謂護變責貨質購貧貴賓賠賺賤贈趕躍輕較輸輪載"
    "辭邏鄉鐘銷鎖鏈錄鍵鬆鬧魚鳥麵黨齊齡龜價億優債傾僅傑備儀兩別劃創劇勞務勝區參雙啟啞喪嘗團園圓圖國圍場塊塗壓壞壯聲處夠夢奪奮婦娛孿寧寫審導尋專爭島帶幣幫庫廠廢廣廳彈強歸當彙徹復徵恆悶慣慘慶戰戲撥擁擇擊擔擴"
    "擺攜敗斷於舊暫歷曆條極樓標權檔歐殺殼氣決況淚淨測渾溫準滅滿滯漢潛濟濕災熱煩燒營爐牽犧狀獨獎獲環瑣產畝畢異療盡盤眾睏瞭礦禮種稱穩窮競筆節築糧糾紀級紛純紙細終組結絕統經綁維網緒線編練總績縮織繼續罵習聯聞腦"
    "腳臉艱蘇蟲補裝複規觸訴診評詐詞詢語誠誣諮譯譽讚豐財貪貼賭趨跡蹤軍軟釋針釘鈔鈕鉤鎮鑒鑰閃閒闆階隊際陰陽隨隱隻雜難霧靈靜響頁頂項順須預頻題願類顯風飛飯飲館驗驚體髮鬥魯鮮讎裡裏妳刪絡剛櫃爲亂嚴幹懷騙盜確漲滾"
    "罷濫虧凍臨誌甚脫賒閙搶醜佔併採捲牆隸鑽嚇嚐燈燙膽臟膚"
)
_SIMPLIFIED = (
    "还钱错号单码几个们这时间后过说话请问电讯传简发订缴费对账账认识没无为么会来现转实给贷银户头紧周开关闭业医药车祸伤残离职员资计数据额书约签盖协议罚违骚扰态恶报举监机构办证证险从迟宽缓减点边吗系听记忆忧虑"
    "应该将买卖东门见观亲爱妈爷儿孙尔岁欢乐长张陈刘赵杨黄吴马罗郑谢冯邓许韩萧蒋卢赖钟谭陆范顾龙万与让谁课讲读学觉检样进运动选适远连达冲术卫视览访设试详误论调谈谅诺谓护变责货质购贫贵宾赔赚贱赠赶跃轻较输轮载"
    "辞逻乡钟销锁链录键松闹鱼鸟面党齐龄龟价亿优债倾仅杰备仪两别划创剧劳务胜区参双启哑丧尝团园圆图国围场块涂压坏壮声处够梦夺奋妇娱孪宁写审导寻专争岛带币帮库厂废广厅弹强归当汇彻复征恒闷惯惨庆战戏拨拥择击担扩"
    "摆携败断于旧暂历历条极楼标权档欧杀壳气决况泪净测浑温准灭满滞汉潜济湿灾热烦烧营炉牵牺状独奖获环琐产亩毕异疗尽盘众困了矿礼种称稳穷竞笔节筑粮纠纪级纷纯纸细终组结绝统经绑维网绪线编练总绩缩织继续骂习联闻脑"
    "脚脸艰苏虫补装复规触诉诊评诈词询语诚诬咨译誉赞丰财贪贴赌趋迹踪军软释针钉钞钮钩镇鉴钥闪闲板阶队际阴阳随隐只杂难雾灵静响页顶项顺须预频题愿类显风飞饭饮馆验惊体发斗鲁鲜仇里里你删络刚柜为乱严干怀骗盗确涨滚"
    "罢滥亏冻临志什脱赊闹抢丑占并采卷墙隶钻吓尝灯烫胆脏肤"
)
_SAME: dict[int, str] = {
    ord(written): read
    for written, read in zip(_TRADITIONAL + "’‘`´“”「」『』", _SIMPLIFIED + '\'\'\'\'""""""', strict=True)
}

_HAN = "\u3400-\u9fff"
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}，。！？、；：]) | (?=[{_HAN}，。！？、；：])")
_APART = re.compile(r"(?<![a-z])[a-z](?:[ .*_-][a-z]){2,}(?![a-z])")
_DRAWN_OUT = re.compile(r"([^\d\s])\1{2,}")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


def plain(text: str) -> str:
    """Return the plain form: half-width, lower case, simplified characters, single spaces, none beside Chinese.

    Letters spelled apart are joined and a character is repeated twice at most, digits aside.

    >>> plain("ＳＴＯＰ！"), plain("我 已經 還錢了"), plain("s.t.o.p"), plain("  Nooooo   way")
    ('stop!', '我已经还钱了', 'stop', 'noo way')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = _BESIDE_HAN.sub("", " ".join(folded.translate(_SEEN).split()))
    return _DRAWN_OUT.sub(r"\1\1", _APART.sub(_joined, spaced))


def without_numbers(text: str) -> str:
    """Return a plain text with every number as 0: which number it is says nothing of a cause.

    >>> without_numbers("1,500 on the 15th, 3.5k later")
    '0 on the 0th, 0k later'
    """
    return _DIGITS.sub("0", text)


class _Seen(dict[int, str]):
    """What each character is seen as, by its code, each looked at once."""

    def __missing__(self, code: int) -> str:
        self[code] = _visible(_SAME.get(code) or chr(code))
        return self[code]


_SEEN = _Seen()


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf" or (kind == "Mn" and 0xFE00 <= ord(character) <= 0xFE0F):
        return ""
    return " " if kind in ("Cc", "Zs", "Zl", "Zp") else character


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"[^a-z]", "", match.group())
