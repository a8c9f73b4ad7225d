"""Makes a GLiNER model of half a megabyte: its real architecture over a BERT of two layers, random weights, words of ours.

What it finds is nonsense; how a genuine server is asked and what its answers look like is not. The argument is the folder to write.
"""

import os
import sys

import torch
from gliner import GLiNER, GLiNERConfig
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tokenizer():
    """Cuts words into single characters, so that any text can be read."""
    letters = [chr(code) for code in range(33, 127)] + list("äöüßéŁł")
    pieces = SPECIAL + letters + ["##" + letter for letter in letters]
    words = Tokenizer(models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    words.normalizer = normalizers.NFC()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
    )


def make_model(folder):
    torch.manual_seed(6)
    backbone = os.path.join(folder, "backbone")
    words = tokenizer()
    words.save_pretrained(backbone)
    BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=4096,
    ).save_pretrained(backbone)
    config = GLiNERConfig(model_name=backbone, hidden_size=32, max_width=4, max_len=384)
    GLiNER.from_config(config, backbone_from_pretrained=False).save_pretrained(folder)


make_model(sys.argv[1])
