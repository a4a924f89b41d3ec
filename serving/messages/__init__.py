"""What is said to customers, and what agents are told before a call: texts as configuration, in Chinese and English."""

from serving.messages.occasion import Occasion
from serving.messages.reading import read_messages
from serving.messages.segments import SmsLength, sms_length
from serving.messages.writer import Message, MessageTexts

__all__ = ["Message", "MessageTexts", "Occasion", "SmsLength", "read_messages", "sms_length"]
